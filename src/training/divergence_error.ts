/**
 * The error of a run that has left the finite numbers.
 *
 * @module
 */
import type { TrainingState } from "./training_state.ts";
import type { NdArray, Tree } from "../ndarray.ts";

/** A loss or cotangent was not finite. Keeps the state before the update that met it. */
export class DivergenceError<P extends Tree<NdArray> = Tree<NdArray>> extends Error {
  /** `"DivergenceError"`. */
  override readonly name = "DivergenceError";
  /** The update that met it, counted from 1. */
  readonly update: number;
  /** The index of the first loss that was not finite, counted from 0; null where only the gradient was not. */
  readonly timeLevel: number | null;
  /** The state before that update, with finite parameters. */
  readonly state: TrainingState<P>;

  /**
   * Made by trainers.
   *
   * @param update the update that met it, counted from 1
   * @param timeLevel the index of the first loss that was not finite; null where only the gradient was not
   * @param value that loss
   * @param state the state before that update
   */
  constructor(update: number, timeLevel: number | null, value: number, state: TrainingState<P>) {
    super(
      timeLevel === null
        ? `Cannot train beyond update ${update} as the gradient must be finite: current gradient is not`
        : `Cannot train beyond update ${update} as every loss must be finite: ` +
          `current loss at time level ${timeLevel} is ${value}`,
    );
    this.update = update;
    this.timeLevel = timeLevel;
    this.state = state;
  }
}
