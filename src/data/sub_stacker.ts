/**
 * Windows of trajectories by index.
 *
 * @module
 */
import * as z from "zod";
import { ShapeError } from "../errors.ts";
import { NdArray, showShape, sizeOf } from "../ndarray.ts";
import { checkOptions, flag, integer } from "../options.ts";

/** Where a window begins. */
export interface TrajectoryWindow {
  /** The trajectory, in [0, S). */
  readonly sample: number;
  /** Its first snapshot, in [0, T). */
  readonly start: number;
}

/** Options of {@linkcode TrajectorySubStacker}. */
export interface TrajectorySubStackerOptions {
  /** S, the number of trajectories, an integer >= 1. */
  readonly numSamples: number;
  /** T, the number of snapshots of each trajectory, an integer >= 1. */
  readonly trajectoryLen: number;
  /** The number of snapshots of a window, an integer >= 1: R + 1 for R rollout steps. */
  readonly subTrajectoryLen: number;
  /** Whether windows begin at every snapshot that leaves room, or at the first one only. Default: true. */
  readonly doSubStacking?: boolean;
  /**
   * Whether `gather` gives the first snapshot of a window only. It does not change which windows there are.
   * Default: false.
   */
  readonly onlyStoreIc?: boolean;
}

const OPTIONS = {
  numSamples: integer(1),
  trajectoryLen: integer(1),
  subTrajectoryLen: integer(1),
  doSubStacking: z.optional(flag()),
  onlyStoreIc: z.optional(flag()),
};

/**
 * The windows of a set of trajectories [S, T, ...], the counterpart of `trainax.TrajectorySubStacker`.
 *
 * Nothing is copied: a window is a pair (sample, start), and the numbering is that of trainax's stacked array,
 * sample-major: window = sample * (T - subTrajectoryLen + 1) + start. So `onlyStoreIc` saves no memory here, where
 * windows are read in place; it says what `gather` copies.
 *
 * @example
 * ```ts
 * import { TrajectorySubStacker } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const windows = new TrajectorySubStacker({ numSamples: 20, trajectoryLen: 100, subTrajectoryLen: 2 });
 * assertEquals(windows.numTotalSamples, 1980);
 * assertEquals(windows.window(100), { sample: 1, start: 1 });
 * ```
 */
export class TrajectorySubStacker {
  /** The number of snapshots of a window. */
  readonly subTrajectoryLen: number;
  /** The number of snapshots that `gather` gives: subTrajectoryLen, or 1 with onlyStoreIc. */
  readonly storedLen: number;
  /** The number of windows, S * (T - subTrajectoryLen + 1), or S without sub-stacking. */
  readonly numTotalSamples: number;
  readonly #numSamples: number;
  readonly #trajectoryLen: number;
  readonly #numStarts: number;

  /**
   * Counts the windows.
   *
   * @param options sizes of the trajectories and of a window
   * @throws {OptionsError} when an option is missing, unknown or out of range
   * @throws {ShapeError} when a window is longer than the trajectories
   */
  constructor(options: TrajectorySubStackerOptions) {
    checkOptions("create TrajectorySubStacker", OPTIONS, options);
    const { numSamples, trajectoryLen, subTrajectoryLen, doSubStacking = true, onlyStoreIc = false } =
      options;
    if (trajectoryLen < subTrajectoryLen) {
      throw new ShapeError(
        `Cannot create TrajectorySubStacker as trajectories need >= ${subTrajectoryLen} snapshots ` +
          `(subTrajectoryLen=${subTrajectoryLen}): current count is ${trajectoryLen}`,
        { op: "TrajectorySubStacker", axis: "T", expected: `>= ${subTrajectoryLen}`, actual: trajectoryLen },
      );
    }
    this.subTrajectoryLen = subTrajectoryLen;
    this.storedLen = onlyStoreIc ? 1 : subTrajectoryLen;
    this.#numSamples = numSamples;
    this.#trajectoryLen = trajectoryLen;
    this.#numStarts = doSubStacking ? trajectoryLen - subTrajectoryLen + 1 : 1;
    this.numTotalSamples = numSamples * this.#numStarts;
  }

  /**
   * A window by its number.
   *
   * @param i an integer in [0, numTotalSamples)
   * @throws {RangeError} when there is no such window
   */
  window(i: number): TrajectoryWindow {
    this.#check(i);
    return { sample: Math.floor(i / this.#numStarts), start: i % this.#numStarts };
  }

  /**
   * Writes the windows of a batch as pairs (sample, start).
   *
   * @param windows their numbers, [B]
   * @param target takes the pairs, [>= 2 B]; what lies behind them is left as it is
   * @throws {RangeError} when a window does not exist or the target is too short
   */
  writeWindows(windows: Uint32Array, target: Uint32Array): void {
    if (target.length < 2 * windows.length) {
      throw new RangeError(
        `Cannot write windows of TrajectorySubStacker as the target must have >= ${
          2 * windows.length
        } elements ` +
          `(2 for each of ${windows.length} windows): current number of elements is ${target.length}`,
      );
    }
    windows.forEach((i) => this.#check(i));
    windows.forEach((i, at) => {
      target[2 * at] = Math.floor(i / this.#numStarts);
      target[2 * at + 1] = i % this.#numStarts;
    });
  }

  /**
   * The snapshots of windows, as a call of trainax's `TrajectorySubStacker`.
   *
   * @param data the trajectories, [S, T, ...], or any other array with these two axes
   * @param windows the numbers of the windows, [B]
   * @returns a copy, [B, storedLen, ...]
   * @throws {ShapeError} when the first two axes of the data are not those that the windows were counted for
   * @throws {RangeError} when a window does not exist
   *
   * @example
   * ```ts
   * import { NdArray, TrajectorySubStacker } from "@unroll/unroll";
   * import { assertEquals } from "@std/assert";
   *
   * const data = new NdArray([1, 2, 3, 4, 5, 6], [1, 6]);
   * const stacker = new TrajectorySubStacker({ numSamples: 1, trajectoryLen: 6, subTrajectoryLen: 3 });
   * assertEquals([...stacker.gather(data, [0, 3]).data], [1, 2, 3, 4, 5, 6]);
   * ```
   */
  gather(data: NdArray, windows: ArrayLike<number>): NdArray {
    const [samples, snapshots, ...rest] = data.shape;
    if (samples !== this.#numSamples || snapshots !== this.#trajectoryLen) {
      const expected = showShape([this.#numSamples, this.#trajectoryLen]);
      throw new ShapeError(
        `Cannot gather windows of TrajectorySubStacker as the first two axes of data must be ${expected}: ` +
          `current shape of data is ${showShape(data.shape)}`,
        { op: "TrajectorySubStacker", axis: "S, T", expected, actual: showShape(data.shape) },
      );
    }
    const size = sizeOf(rest);
    const stacked = NdArray.zeros([windows.length, this.storedLen, ...rest]);
    for (let b = 0; b < windows.length; b++) {
      const { sample, start } = this.window(windows[b]!);
      const from = (sample * snapshots + start) * size;
      const length = this.storedLen * size;
      stacked.data.set(data.data.subarray(from, from + length), b * length);
    }
    return stacked;
  }

  #check(i: number): void {
    if (Number.isInteger(i) && i >= 0 && i < this.numTotalSamples) return;
    throw new RangeError(
      "Cannot locate window of TrajectorySubStacker as the index must be an integer in " +
        `[0, ${this.numTotalSamples}): current index is ${i}`,
    );
  }
}
