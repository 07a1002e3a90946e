/**
 * The plan of a training: a plan with the optimizer behind it, and tables of updates.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import type { PassEncoder } from "../gpu/pass.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { onlyStage, optimizerBuffers, optimizerKernels, rolesOf } from "../optimizers/kernels.ts";
import { momentsOf, type Optimizer } from "../optimizers/optimizer.ts";
import type { RecordedLaunch } from "../run/kernels.ts";
import { weightedSum } from "../run/evaluation.ts";
import { Layout, type PlanOptions } from "../run/layout.ts";
import type { Model } from "../run/model.ts";
import { Plan, stoppedAt } from "../run/plan.ts";
import { Resident } from "../run/resident.ts";
import type { BufferSpec } from "../run/resources.ts";
import { type BlockTables, TableMaker } from "./block_tables.ts";
import type { RunTask } from "./run_task.ts";
import type { TrainingState } from "./training_state.ts";

/** Consecutive updates; the first stands at the start of the tables. */
export interface Block {
  /** Which block of the run it is. */
  readonly number: number;
  /** How many updates were done before the first. */
  readonly first: number;
  /** How many there are. */
  readonly size: number;
}

/** A block with what it reads. */
export interface Chunk extends Block {
  /** What the host has worked out for its updates. */
  readonly tables: BlockTables;
  /** The snapshots of its windows; null where the device has them. */
  readonly snapshots: Promise<Float32Array<ArrayBuffer> | null>;
}

/** What the host reads of a block. */
export interface BlockLosses {
  /** For each update the weighted sum of its losses. */
  readonly losses: readonly number[];
  /** The losses of one of its updates, without weights. */
  readonly levelsOf: (update: number) => Float32Array;
  /** The first update that met a number that is not finite, from 1; null where none did. */
  readonly stopped: number | null;
}

/** What updates change, of all members. */
export interface Trained {
  /** The parameters, member by member. */
  readonly parameters: Float32Array;
  /** The moments, one behind the other, each member by member. */
  readonly moments: Float32Array;
}

/** Where a buffer is kept before a block: two blocks in turn have places of their own. */
function keptKey(key: string, number: number): string {
  return `${key} kept ${number % 2}`;
}

/** The buffers that updates change, and how many rows of all parameters each holds. */
function trainedBuffers(optimizer: Optimizer): { readonly key: string; readonly rows: number }[] {
  const numMoments = momentsOf(optimizer).length;
  const moments = { key: "moments", rows: numMoments };
  return [{ key: "parameters", rows: 1 }, ...(numMoments > 0 ? [moments] : [])];
}

/** A plan with the optimizer behind it. */
export class TrainingPlan implements Disposable {
  readonly #gpu: Gpu;
  readonly #plan: Plan;
  readonly #task: RunTask;
  readonly #tables: TableMaker;
  /** The launches behind each update; none where the runner steps the parameters. */
  readonly #optimizer: readonly RecordedLaunch[];

  private constructor(gpu: Gpu, plan: Plan, task: RunTask, optimizer: readonly RecordedLaunch[]) {
    this.#gpu = gpu;
    this.#plan = plan;
    this.#task = task;
    this.#tables = new TableMaker(plan, task);
    this.#optimizer = optimizer;
  }

  /**
   * The layout of a training, known without a device.
   *
   * @throws {OptionsError} when a mask of the optimizer names no parameter
   */
  static layout(gpu: Gpu, model: Model, optimizer: Optimizer, options: PlanOptions): Layout {
    const { members, updates, stepper } = options;
    return new Layout(model, options, gpu, (parameters) => {
      rolesOf(optimizer, stepper, parameters); // before anything is allocated
      const buffers = optimizerBuffers(optimizer, { parameters: parameters.length, members }, updates);
      const kept = trainedBuffers(optimizer).flatMap(({ key, rows }) =>
        [0, 1].map((number): BufferSpec => (
          { key: keptKey(key, number), kind: "optimizer", bytes: 4 * rows * members * parameters.length }
        ))
      );
      return [...buffers, ...kept];
    });
  }

  /** Allocates, compiles, and uploads data and the states of the members. */
  static async create<P extends Tree<NdArray>>(
    gpu: Gpu,
    layout: Layout,
    states: readonly TrainingState<P>[],
    task: RunTask,
  ): Promise<TrainingPlan> {
    const [optimizer] = task.optimizers;
    const stage = Resident.steps(gpu, layout) ? onlyStage(optimizer!) : null;
    const plan = await Plan.create(gpu, layout, stage);
    try {
      const kernels = stage !== null ? [] : optimizerKernels(optimizer!, {
        parameters: layout.parameters.length,
        members: states.length,
      });
      const launches = await Promise.all(
        kernels.map(({ label, text, workgroups, modules }) =>
          plan.kernels.whole(label, text, workgroups, modules)
        ),
      );
      gpu.write(plan.buffer("roles"), rolesOf(optimizer!, layout.options.stepper, layout.parameters));
      plan.writeParameters(states.map(({ stepper }) => stepper.parameters));
      momentsOf(optimizer!).forEach((name, k) =>
        plan.writeParameters(states.map(({ moments }) => moments[name]!), "moments", k)
      );
      return new TrainingPlan(gpu, plan, task, launches);
    } catch (error) {
      plan[Symbol.dispose]();
      throw error;
    }
  }

  /** How many updates a block may have. */
  get blockSize(): number {
    return this.#plan.layout.options.updates;
  }

  /** Makes what a block needs from the host: its tables at once, and the snapshots that the host must bring. */
  make(block: Block): Chunk {
    const tables = this.#tables.make(block.first, block.size);
    const snapshots = this.#plan.data.read(tables.windows);
    snapshots.catch(() => {}); // awaited when they are placed; a failure must not count as unhandled before
    return { ...block, tables, snapshots };
  }

  /** Writes the tables of a block, for what is submitted from now on. */
  writeTables({ tables: { records, positions, schedule } }: Chunk): void {
    this.#plan.writeUpdates(records, positions);
    this.#gpu.write(this.#plan.buffer("schedule"), schedule);
  }

  /**
   * Puts the windows of a block where kernels read them.
   *
   * @throws {DataError} when the source fails, or gives something else than it must
   */
  async place({ tables: { windows }, snapshots }: Chunk): Promise<void> {
    this.#plan.data.place(windows, await snapshots);
  }

  /**
   * Keeps parameters and moments as they are before a block. What is kept of the block before stays, since that block
   * may still have to be made again when this one has begun.
   */
  keep({ number }: Block): void {
    for (const { key } of trainedBuffers(this.#task.optimizers[0]!)) {
      this.#gpu.copy(this.#plan.buffer(key), this.#plan.buffer(keptKey(key, number)));
    }
  }

  /** Goes back to the start of a block, with its tables. */
  async restore(block: Chunk): Promise<void> {
    for (const { key } of trainedBuffers(this.#task.optimizers[0]!)) {
      this.#gpu.copy(this.#plan.buffer(keptKey(key, block.number)), this.#plan.buffer(key));
    }
    this.#plan.resetStops();
    this.writeTables(block);
    await this.place(block);
  }

  /** Encodes updates, the parameters' included: `count` of them from place `first` of the block on. */
  encode(pass: PassEncoder, first: number, count: number): void {
    if (this.#optimizer.length === 0) return this.#plan.encode(pass, first, count);
    for (let update = first; update < first + count; update++) {
      this.#plan.encode(pass, update, 1);
      for (const launch of this.#optimizer) this.#plan.encodeLaunch(pass, launch, update);
    }
  }

  /** Reads the losses of a block for each member. */
  async readBlock({ size }: Block): Promise<BlockLosses[]> {
    const { losses } = this.#task.recording;
    const { members } = this.#plan.layout.options;
    const terms = losses.length;
    const [history, stops] = await this.#gpu.read([
      { memory: this.#plan.buffer("history"), bytes: 4 * size * members * terms },
      { memory: this.#plan.buffer("stops"), bytes: 4 * members },
    ]);
    const all = new Float32Array(history!);
    return stoppedAt(stops!).map((stopped, m) => {
      const rowOf = (update: number) => (update * members + m) * terms;
      return {
        losses: Array.from({ length: size }, (_, update) => weightedSum(losses, all, rowOf(update))),
        levelsOf: (update) => all.subarray(rowOf(update), rowOf(update) + terms),
        stopped,
      };
    });
  }

  /** Reads what updates change, for `membersOf`, after everything submitted so far. */
  async readTrained(): Promise<Trained> {
    const wanted = trainedBuffers(this.#task.optimizers[0]!).map(({ key }) => ({
      memory: this.#plan.buffer(key),
    }));
    const [parameters, moments] = (await this.#gpu.read(wanted)).map((bytes) => new Float32Array(bytes));
    return { parameters: parameters!, moments: moments ?? new Float32Array() };
  }

  /**
   * The steppers and moments of the members.
   *
   * @param trained what was read
   * @param states the states that the run started from
   * @throws {OptionsError} when a parameter is not finite
   */
  membersOf<P extends Tree<NdArray>>(
    trained: Trained,
    states: readonly TrainingState<P>[],
  ): Pick<TrainingState<P>, "stepper" | "moments">[] {
    const names = momentsOf(this.#task.optimizers[0]!);
    const { parameters } = this.#plan.layout;
    return states.map(({ stepper }, m) => {
      const tree = (all: Float32Array, k: number) =>
        parameters.unpack(all.subarray((k * states.length + m) * parameters.length), stepper.parameters);
      return {
        stepper: stepper.with(tree(trained.parameters, 0)),
        moments: Object.fromEntries(names.map((name, k) => [name, tree(trained.moments, k)])),
      };
    });
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#plan[Symbol.dispose]();
  }
}
