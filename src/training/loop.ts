/**
 * The loop: many updates in a submit, many submits in flight, the host looking in now and then.
 *
 * @module
 */
import type { PermutationMixer } from "../data/permutation_mixer.ts";
import type { TrajectorySubStacker } from "../data/sub_stacker.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Stepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { type Alternative, reportOf, requireFits } from "../run/memory.ts";
import { modelOf } from "../run/model.ts";
import type { Layout } from "../run/layout.ts";
import type { Trajectories } from "../run/trajectories.ts";
import type { MemoryPolicy } from "../tape/program.ts";
import type { Recording } from "../tape/tape.ts";
import { DivergenceError } from "./divergence_error.ts";
import { Pace } from "./pace.ts";
import type { RunOptions } from "./train_options.ts";
import type { TrainingState } from "./training_state.ts";
import { type Block, TrainingPlan } from "./training_plan.ts";

/** What a run does. */
export interface RunTask {
  /** The configuration's name, for messages. */
  readonly name: string;
  /** What it recorded. */
  readonly recording: Recording;
  /** The optimizer. */
  readonly optimizer: Optimizer;
  /** The data. */
  readonly trajectories: Trajectories;
  /** The windows. */
  readonly stacker: TrajectorySubStacker;
  /** The batches. */
  readonly mixer: PermutationMixer;
  /** Updates in all. */
  readonly numUpdates: number;
  /** What the forward sweep keeps. */
  readonly memory: MemoryPolicy;
}

/**
 * Updates between two looks of the host: losses are read back and tables written by blocks of this many. Writes and
 * copies are ordered with the submits, so the tables of one block serve for all.
 */
const BLOCK_UPDATES = 64;

/**
 * Runs updates from a state on.
 *
 * @param gpu the device
 * @param state where to start
 * @param options signal and progress
 * @param task what to do
 */
export async function runTraining<P extends Tree<NdArray>>(
  gpu: Gpu,
  state: TrainingState<P>,
  options: RunOptions,
  task: RunTask,
): Promise<TrainingState<P>> {
  if (state.update >= task.numUpdates || options.signal?.aborted) return state;
  const layout = layoutOf(gpu, state.stepper as unknown as Stepper, task, task.memory, task.mixer.batchSize);
  requireFits(
    `train ${task.name}`,
    gpu,
    layout.buffers,
    () => alternatives(gpu, state.stepper as unknown as Stepper, task),
  );
  using plan = await TrainingPlan.create(gpu, layout, state, task);
  return await new Loop(gpu, plan, state, options, task).run();
}

function layoutOf(gpu: Gpu, stepper: Stepper, task: RunTask, memory: MemoryPolicy, batch: number): Layout {
  const model = modelOf(task.recording, task.trajectories.snapshotShape, {
    trained: stepper,
    gradient: true,
    memory,
  });
  const { trajectories, optimizer } = task;
  return TrainingPlan.layout(gpu, model, stepper, trajectories, optimizer, batch, BLOCK_UPDATES);
}

function* alternatives(gpu: Gpu, stepper: Stepper, task: RunTask): Generator<Alternative> {
  const total = (memory: MemoryPolicy, batch: number) =>
    reportOf(layoutOf(gpu, stepper, task, memory, batch).buffers, 0).total;
  yield { option: 'memory: "recompute"', total: total("recompute", task.mixer.batchSize) };
  for (let batch = task.mixer.batchSize >> 1; batch >= 1; batch >>= 1) {
    yield { option: `memory: "recompute" with batchSize: ${batch}`, total: total("recompute", batch) };
  }
}

class Loop<P extends Tree<NdArray>> {
  readonly #gpu: Gpu;
  readonly #plan: TrainingPlan;
  readonly #start: TrainingState<P>;
  readonly #options: RunOptions;
  readonly #task: RunTask;
  readonly #pace: Pace;
  readonly #history: number[] = [];
  readonly #startTime = performance.now();

  constructor(gpu: Gpu, plan: TrainingPlan, start: TrainingState<P>, options: RunOptions, task: RunTask) {
    this.#gpu = gpu;
    this.#plan = plan;
    this.#start = start;
    this.#options = options;
    this.#task = task;
    this.#pace = new Pace(gpu);
  }

  async run(): Promise<TrainingState<P>> {
    const { numUpdates } = this.#task;
    let reading: Promise<void> | null = null;
    let done = this.#start.update;
    while (done < numUpdates && !this.#options.signal?.aborted) {
      const block = { first: done, size: Math.min(BLOCK_UPDATES, numUpdates - done) };
      this.#plan.writeBlock(block);
      const submitted = await this.#submit(block);
      done += submitted;
      await reading;
      reading = this.#read({ ...block, size: submitted });
      reading.catch(() => {}); // awaited in the next turn; a failure must not count as unhandled before
    }
    await reading;
    return await this.#state(done);
  }

  /** Submits the updates of a block; gives how many were submitted before the signal. */
  async #submit({ size }: Block): Promise<number> {
    let at = 0;
    while (at < size && !this.#options.signal?.aborted) {
      const count = Math.min(this.#pace.size, size - at);
      this.#gpu.submit(this.#task.name, (pass) => {
        for (let i = 0; i < count; i++) this.#plan.encode(pass, at + i);
      });
      at += count;
      await this.#pace.submitted(count);
    }
    return at;
  }

  /** Reads the losses of a block; throws where a member has stopped. */
  async #read(block: Block): Promise<void> {
    const { levels, losses, stopped } = await this.#plan.readBlock(block);
    const good = stopped === null ? losses : losses.slice(0, stopped - 1 - block.first);
    this.#history.push(...good);
    if (stopped !== null) {
      await this.#pace.settled();
      const failed = levels[stopped - 1 - block.first]!;
      const timeLevel = failed.findIndex((x) => !Number.isFinite(x));
      const state = await this.#state(stopped - 1);
      throw new DivergenceError(stopped, timeLevel < 0 ? null : timeLevel, failed[timeLevel] ?? NaN, state);
    }
    const update = block.first + block.size;
    const seconds = (performance.now() - this.#startTime) / 1000;
    if (block.size > 0) {
      this.#options.onProgress?.({
        update,
        numUpdates: this.#task.numUpdates,
        epoch: this.#task.mixer.info(update - 1).epoch,
        loss: this.#history.at(-1)!,
        updatesPerSecond: (update - this.#start.update) / seconds,
      });
    }
  }

  /** The state after an update, from what the device holds. */
  async #state(update: number): Promise<TrainingState<P>> {
    const { stepper, moments } = await this.#plan.readParameters(this.#start.stepper);
    const lossHistory = new Float32Array(update);
    lossHistory.set(this.#start.lossHistory);
    lossHistory.set(this.#history, this.#start.update);
    return { ...this.#start, update, stepper, moments, lossHistory };
  }
}
