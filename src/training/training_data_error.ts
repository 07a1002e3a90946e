/**
 * The error of a run whose data could not be read.
 *
 * @module
 */
import { DataError, show } from "../errors.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import type { TrainingState } from "./training_state.ts";

/** The source of the data failed during a run, or gave something else than it must. Keeps the state reached. */
export class TrainingDataError<P extends Tree<NdArray> = Tree<NdArray>> extends DataError {
  /** `"TrainingDataError"`. */
  override readonly name = "TrainingDataError";
  /** The state reached; `resume` goes on from it. In an ensemble that of the first member. */
  readonly state: TrainingState<P>;
  /** The states of all members. */
  readonly states: readonly TrainingState<P>[];

  /**
   * Made by trainers.
   *
   * @param what what was to be done, for example `train Supervised`
   * @param cause what the source did
   * @param states the states of all members before the updates whose data were read
   */
  constructor(what: string, cause: DataError, states: readonly TrainingState<P>[]) {
    const { sample, snapshot, message } = cause;
    super(
      `Cannot ${what} beyond update ${states[0]!.update} as its data must be readable: ` +
        `current error is ${show(message)}`,
      { sample, snapshot, cause },
    );
    this.state = states[0]!;
    this.states = states;
  }
}

/**
 * An error of reading data together with the states reached; any other error as it is.
 *
 * @param what what was to be done, for example `train Supervised`
 * @param error the error
 * @param states the states of all members before the updates whose data were read
 */
export function withStates<P extends Tree<NdArray>>(
  what: string,
  error: unknown,
  states: readonly TrainingState<P>[],
): unknown {
  return error instanceof DataError ? new TrainingDataError(what, error, states) : error;
}
