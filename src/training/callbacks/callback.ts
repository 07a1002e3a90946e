/**
 * Callbacks: what is looked at during a training.
 *
 * @module
 */
import type { TrajectoryData } from "../../data/trajectory_source.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { NdArray, Tree } from "../../ndarray.ts";
import { checkOptions, integer } from "../../options.ts";
import type { Window } from "../../run/windows.ts";
import type { TrainingState } from "../training_state.ts";

/** What a callback sees: the state before an update, and the batch of that update. */
export interface CallbackContext<P extends Tree<NdArray> = Tree<NdArray>> {
  /** The device, free for other work. */
  readonly gpu: Gpu;
  /** Which member of an ensemble; 0 for a single stepper. */
  readonly member: number;
  /** Whether an ensemble is trained. */
  readonly isEnsemble: boolean;
  /** The state before the update; `state.update` updates have been done. */
  readonly state: TrainingState<P>;
  /** The trajectories that are trained on. */
  readonly data: TrajectoryData;
  /** The windows of the coming update's batch. */
  readonly windows: readonly Window[];
  /** Ends the run before the update: it resolves with this state. */
  stop(): void;
}

/** What a callback found. */
export interface CallbackRecord<R> {
  /** How many updates had been done. */
  readonly update: number;
  /** Which member of an ensemble; 0 for a single stepper. */
  readonly member: number;
  /** What was found. */
  readonly value: R;
}

/**
 * Looks at a training every so many updates, before the update (trainax: `BaseCallback`). What it finds stands in its
 * `history`. The device waits while it looks, and not in between.
 *
 * @example A callback of one's own
 * ```ts
 * import { adam, Callback, type CallbackContext, Gpu, random, sampleData, steppers, SupervisedTrainer } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * class UpdatesDone extends Callback<number> {
 *   protected evaluate({ state }: CallbackContext): number {
 *     return state.update;
 *   }
 * }
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ key: random.key(0) });
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: random.key(1) });
 * const trainer = new SupervisedTrainer(gpu, data, { optimizer: adam(1e-2), numTrainingSteps: 20, batchSize: 8 });
 * const done = new UpdatesDone({ every: 10 });
 * await trainer.train(stepper, { key: random.key(2), callbacks: [done] });
 * assertEquals(done.history.map(({ value }) => value), [0, 10]);
 * ```
 */
export abstract class Callback<R> {
  /** After how many updates it looks, each time. */
  readonly every: number;
  /** What it has found so far. */
  readonly history: CallbackRecord<R>[] = [];

  /**
   * Checks the options.
   *
   * @param options `every`: an integer >= 1
   * @throws {OptionsError} when it is not
   */
  constructor(options: CallbackOptions) {
    checkOptions("create callback", { every: integer(1) }, { every: options.every });
    this.every = options.every;
  }

  /**
   * What there is to find.
   *
   * @param context the state before an update, and its batch
   */
  protected abstract evaluate(context: CallbackContext): R | Promise<R>;

  /**
   * Looks, and adds to the history. Called by trainers.
   *
   * @param context the state before an update, and its batch
   */
  async call(context: CallbackContext): Promise<void> {
    const value = await this.evaluate(context);
    this.history.push({ update: context.state.update, member: context.member, value });
  }
}

/** What every callback takes. */
export interface CallbackOptions {
  /** After how many updates it looks, each time; an integer >= 1. The first time is before the first update. */
  readonly every: number;
}
