/**
 * The plan of a training: a plan with the optimizer behind it, and tables of updates.
 *
 * @module
 */
import { FRAMES_OPTIMIZER } from "../../shaders/bundle.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { PassEncoder } from "../gpu/pass.ts";
import type { Stepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { chainModules, momentsOf, type Optimizer, scalarsOf } from "../optimizers/optimizer.ts";
import type { RecordedLaunch } from "../run/kernels.ts";
import { Layout } from "../run/layout.ts";
import type { Model } from "../run/model.ts";
import { Plan, stoppedAt } from "../run/plan.ts";
import type { Trajectories } from "../run/trajectories.ts";
import { WORKGROUP_SIZE } from "../wgsl/kernel.ts";
import type { RunTask } from "./loop.ts";
import type { TrainingState } from "./training_state.ts";

/** Consecutive updates; the first stands at the start of the tables. */
export interface Block {
  /** How many updates were done before the first. */
  readonly first: number;
  /** How many there are. */
  readonly size: number;
}

/** What the host reads of a block. */
export interface BlockLosses {
  /** For each update its losses, without weights. */
  readonly levels: readonly Float32Array[];
  /** For each update the weighted sum. */
  readonly losses: readonly number[];
  /** The first update that met a number that is not finite, from 1; null where none did. */
  readonly stopped: number | null;
}

/** One member; ensembles are not trained yet. */
const MEMBERS = 1;

/** A plan with the optimizer behind it. */
export class TrainingPlan implements Disposable {
  readonly #gpu: Gpu;
  readonly #plan: Plan;
  readonly #task: RunTask;
  readonly #optimizer: RecordedLaunch;

  private constructor(gpu: Gpu, plan: Plan, task: RunTask, optimizer: RecordedLaunch) {
    this.#gpu = gpu;
    this.#plan = plan;
    this.#task = task;
    this.#optimizer = optimizer;
  }

  /** The layout of a training, known without a device. */
  static layout(
    gpu: Gpu,
    model: Model,
    stepper: Stepper,
    trajectories: Trajectories,
    optimizer: Optimizer,
    batch: number,
    updates: number,
  ): Layout {
    const options = { stepper, trajectories, batch, members: MEMBERS, updates };
    return new Layout(model, options, gpu.alignment, (parameters) => [
      {
        key: "moments",
        kind: "optimizer",
        bytes: 4 * momentsOf(optimizer).length * MEMBERS * parameters.length,
      },
      { key: "schedule", kind: "tables", bytes: 4 * scalarsOf(optimizer, 0).length * MEMBERS * updates },
    ]);
  }

  /** Allocates, compiles, and uploads data and state. */
  static async create<P extends Tree<NdArray>>(
    gpu: Gpu,
    layout: Layout,
    state: TrainingState<P>,
    task: RunTask,
  ): Promise<TrainingPlan> {
    const plan = await Plan.create(gpu, layout);
    try {
      const { parameters } = layout;
      const workgroups = Math.ceil(MEMBERS * parameters.length / WORKGROUP_SIZE);
      const modules = chainModules(task.optimizer);
      const optimizer = await plan.kernels.whole("optimizer", FRAMES_OPTIMIZER, workgroups, modules);
      plan.writeParameters(parameters.pack(state.stepper.parameters));
      Object.values(state.moments).forEach((tree, k) =>
        gpu.write(plan.buffer("moments"), parameters.pack(tree), 4 * k * MEMBERS * parameters.length)
      );
      return new TrainingPlan(gpu, plan, task, optimizer);
    } catch (error) {
      plan[Symbol.dispose]();
      throw error;
    }
  }

  /** Writes windows, records and optimizer scalars of a block. */
  writeBlock({ first, size }: Block): void {
    const { mixer, stacker, trajectories, optimizer } = this.#task;
    const windows = new Uint32Array(size * mixer.batchSize);
    const schedule: number[] = [];
    const numScalars = scalarsOf(optimizer, 0).length;
    const updates = Array.from({ length: size }, (_, i) => {
      const batch = mixer.batch(first + i);
      batch.forEach((window, row) => {
        const { sample, start } = stacker.window(window);
        windows[i * mixer.batchSize + row] = sample * trajectories.numSnapshots + start;
      });
      schedule.push(...scalarsOf(optimizer, first + i));
      return { number: first + i + 1, live: batch.length, schedule: i * MEMBERS * numScalars };
    });
    this.#plan.writeUpdates(updates, windows);
    this.#gpu.write(this.#plan.buffer("schedule"), Float32Array.from(schedule));
  }

  /** Encodes one update, the parameters' included. */
  encode(pass: PassEncoder, update: number): void {
    this.#plan.encode(pass, update);
    this.#plan.encodeLaunch(pass, this.#optimizer, update);
  }

  /** Reads the losses of a block. */
  async readBlock({ size }: Block): Promise<BlockLosses> {
    const { losses } = this.#task.recording;
    const terms = losses.length;
    const [history, stops] = await this.#gpu.read([
      { memory: this.#plan.buffer("history"), bytes: 4 * size * terms },
      { memory: this.#plan.buffer("stops"), bytes: 4 * MEMBERS },
    ]);
    const levels = Array.from({ length: size }, (_, i) => new Float32Array(history!, 4 * i * terms, terms));
    return {
      levels,
      losses: levels.map((row) => losses.reduce((sum, { weight }, t) => sum + weight * row[t]!, 0)),
      stopped: stoppedAt(stops!),
    };
  }

  /** Reads parameters and moments, after everything submitted so far. */
  async readParameters<P extends Tree<NdArray>>(
    stepper: TrainingState<P>["stepper"],
  ): Promise<Pick<TrainingState<P>, "stepper" | "moments">> {
    const names = momentsOf(this.#task.optimizer);
    const { parameters } = this.#plan.layout;
    const wanted = [{ memory: this.#plan.buffer("parameters") }];
    if (names.length > 0) wanted.push({ memory: this.#plan.buffer("moments") });
    const [flat, moments] = (await this.#gpu.read(wanted)).map((bytes) => new Float32Array(bytes));
    const tree = (all: Float32Array, k: number) =>
      parameters.unpack(all.subarray(k * MEMBERS * parameters.length), stepper.parameters);
    return {
      stepper: stepper.with(tree(flat!, 0)),
      moments: Object.fromEntries(names.map((name, k) => [name, tree(moments!, k)])),
    };
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#plan[Symbol.dispose]();
  }
}
