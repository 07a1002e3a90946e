/**
 * Batches of windows, copied out on the host.
 *
 * @module
 */
import * as z from "zod";
import { ShapeError } from "../errors.ts";
import { NdArray, showShape } from "../ndarray.ts";
import { checkOptions, flag, instance, integer } from "../options.ts";
import type { Key } from "../random/key.ts";
import { keyOption } from "../random/key_option.ts";
import { type MinibatchInfo, PermutationMixer } from "./permutation_mixer.ts";
import { TrajectorySubStacker } from "./sub_stacker.ts";

/** Options of {@linkcode TrajectoryMixer}. */
export interface TrajectoryMixerOptions {
  /** The number of snapshots of a window, an integer >= 1: R + 1 for R rollout steps. */
  readonly subTrajectoryLen: number;
  /** How many minibatches are drawn in all, an integer >= 1. */
  readonly numMinibatches: number;
  /** How many windows a minibatch has, an integer >= 1. More than there are windows means all of them. */
  readonly batchSize: number;
  /** Where the random numbers start. */
  readonly key: Key;
  /** Whether windows begin at every snapshot that leaves room, or at the first one only. Default: true. */
  readonly doSubStacking?: boolean;
  /** Whether a batch holds the first snapshot of each window only. Default: false. */
  readonly onlyStoreIc?: boolean;
}

const OPTIONS = {
  subTrajectoryLen: integer(1),
  numMinibatches: integer(1),
  batchSize: integer(1),
  key: keyOption(),
  doSubStacking: z.optional(flag()),
  onlyStoreIc: z.optional(flag()),
};

/**
 * Minibatches of windows of trajectories, the counterpart of `trainax._mixer.TrajectoryMixer`: a
 * {@linkcode TrajectorySubStacker} and a {@linkcode PermutationMixer} in one. Trainers do not need it, as they read
 * windows in place on the device; it is for a training loop of one's own, and to look at what a trainer sees.
 *
 * @example
 * ```ts
 * import { random, sampleData, TrajectoryMixer } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const data = sampleData.lorenzRk4({ key: random.key(0) }); // [20, 1000, 3]
 * const mixer = new TrajectoryMixer(data, {
 *   subTrajectoryLen: 6, numMinibatches: 100, batchSize: 32, key: random.key(42),
 * });
 * assertEquals(mixer.batch(0).shape, [32, 6, 3]);
 * ```
 */
export class TrajectoryMixer {
  /** The windows. */
  readonly trajectorySubStacker: TrajectorySubStacker;
  /** Their order. */
  readonly permutationMixer: PermutationMixer;
  readonly #data: NdArray;

  /**
   * Counts the windows; copies nothing.
   *
   * @param data the trajectories, [S, T, ...]
   * @param options sizes and key
   * @throws {OptionsError} when an option is missing, unknown or out of range
   * @throws {ShapeError} when the data have no two axes, or a window is longer than the trajectories
   */
  constructor(data: NdArray, options: TrajectoryMixerOptions) {
    checkOptions("create TrajectoryMixer", OPTIONS, options);
    checkOptions("create TrajectoryMixer", { data: instance(NdArray, "NdArray") }, { data });
    const [numSamples, trajectoryLen] = data.shape;
    if (numSamples === undefined || trajectoryLen === undefined) {
      throw new ShapeError(
        "Cannot create TrajectoryMixer as data must have the axes [samples, snapshots, ...]: " +
          `current shape of data is ${showShape(data.shape)}`,
        { op: "TrajectoryMixer", axis: "data", expected: "[S, T, ...]", actual: showShape(data.shape) },
      );
    }
    const { subTrajectoryLen, doSubStacking = true, onlyStoreIc = false, ...order } = options;
    this.#data = data;
    this.trajectorySubStacker = new TrajectorySubStacker({
      numSamples,
      trajectoryLen,
      subTrajectoryLen,
      doSubStacking,
      onlyStoreIc,
    });
    const { numTotalSamples } = this.trajectorySubStacker;
    this.permutationMixer = new PermutationMixer({ numTotalSamples, ...order });
  }

  /**
   * The windows of a minibatch.
   *
   * @param i an integer in [0, numMinibatches)
   * @returns a copy, [B, subTrajectoryLen, ...] or [B, 1, ...] with onlyStoreIc; B is smaller at the end of an epoch
   * @throws {RangeError} when there is no such minibatch
   */
  batch(i: number): NdArray {
    return this.trajectorySubStacker.gather(this.#data, this.permutationMixer.batch(i));
  }

  /**
   * Where a minibatch stands.
   *
   * @param i an integer in [0, numMinibatches)
   * @throws {RangeError} when there is no such minibatch
   */
  info(i: number): MinibatchInfo {
    return this.permutationMixer.info(i);
  }
}
