/**
 * Early stopping on validation data.
 *
 * @module
 */
import * as z from "zod";
import type { TrajectoryData } from "../../data/trajectory_source.ts";
import type { NdArray, Tree } from "../../ndarray.ts";
import { checkOptions, integer, nonNegative } from "../../options.ts";
import type { TrainingState } from "../training_state.ts";
import { Callback, type CallbackContext } from "./callback.ts";
import { type ConfigurationCallbackOptions, objectiveOf } from "./evaluated.ts";

/** Options of {@linkcode EarlyStopping}. */
export interface EarlyStoppingOptions extends ConfigurationCallbackOptions {
  /** The validation data: trajectories to evaluate on, from their first snapshots. */
  readonly data: TrajectoryData;
  /** How many looks in a row may pass without a better loss; an integer >= 1. */
  readonly patience: number;
  /** By how much a loss must be lower to count as better; default 0. */
  readonly minDelta?: number;
}

/**
 * Ends a run when the loss on validation data has not become better for a number of looks, and keeps the best state.
 * In an ensemble the run ends when no member has become better for that long.
 *
 * @example
 * ```ts
 * import { callbacks, random, sampleData, Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const stopping = new callbacks.EarlyStopping({
 *   every: 50, patience: 3, configuration: new Supervised({ numRolloutSteps: 20 }),
 *   data: sampleData.advection1dPeriodic({ numSamples: 5, key: random.key(7) }),
 * });
 * assertEquals(stopping.best, []);
 * ```
 */
export class EarlyStopping<P extends Tree<NdArray> = Tree<NdArray>> extends Callback<number> {
  /** The best state of each member so far, by its validation loss. */
  readonly best: TrainingState<P>[] = [];
  readonly #options: EarlyStoppingOptions;
  readonly #losses: number[] = [];
  readonly #waited: number[] = [];

  /**
   * Checks the options.
   *
   * @param options `every`, configuration, validation data, patience
   * @throws {OptionsError} naming every option that does not hold
   */
  constructor(options: EarlyStoppingOptions) {
    super(options);
    const { patience, minDelta } = options;
    checkOptions("create EarlyStopping", { patience: integer(1), minDelta: z.optional(nonNegative()) }, {
      patience,
      minDelta,
    });
    this.#options = options;
  }

  /** The validation loss; ends the run when patience is over. */
  protected async evaluate(context: CallbackContext): Promise<number> {
    const { member, state } = context;
    using objective = objectiveOf(context, this.#options);
    const { loss } = await objective.evaluate();
    if (loss < (this.#losses[member] ?? Infinity) - (this.#options.minDelta ?? 0)) {
      this.#losses[member] = loss;
      this.#waited[member] = 0;
      this.best[member] = state as unknown as TrainingState<P>;
    } else {
      this.#waited[member] = (this.#waited[member] ?? 0) + 1;
    }
    if (this.#waited.every((waited) => waited >= this.#options.patience)) context.stop();
    return loss;
  }
}
