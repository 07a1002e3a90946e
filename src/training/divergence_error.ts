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
  /** Which member of an ensemble met it; 0 for a single stepper. */
  readonly member: number;
  /** The state of that member before that update, with finite parameters. */
  readonly state: TrainingState<P>;
  /** The last good states of all members. */
  readonly states: readonly TrainingState<P>[];

  /**
   * Made by trainers.
   *
   * @param member which member met it
   * @param update the update that met it, counted from 1
   * @param timeLevel the index of the first loss that was not finite; -1 where only the gradient was not
   * @param value that loss
   * @param states the last good states of all members
   */
  constructor(
    member: number,
    update: number,
    timeLevel: number,
    value: number,
    states: readonly TrainingState<P>[],
  ) {
    const who = states.length > 1 ? ` member ${member}` : "";
    super(
      timeLevel < 0
        ? `Cannot train${who} beyond update ${update} as the gradient and the step must be finite: ` +
          "current gradient or step has a number that is not"
        : `Cannot train${who} beyond update ${update} as every loss must be finite: ` +
          `current loss at time level ${timeLevel} is ${value}`,
    );
    this.member = member;
    this.update = update;
    this.timeLevel = timeLevel < 0 ? null : timeLevel;
    this.state = states[member]!;
    this.states = states;
  }
}
