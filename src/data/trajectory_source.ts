/**
 * Trajectories that need not lie in memory.
 *
 * @module
 */
import * as z from "zod";
import { NdArray, type Shape } from "../ndarray.ts";
import type { TrajectoryWindow } from "./sub_stacker.ts";

/**
 * Trajectories that are read piece by piece: from a file, from a server, or computed when they are asked for. Trainers
 * and objectives take one in place of an array. `openNpy` of `@unroll/unroll/files` gives one for a file.
 *
 * A run waits for one read before it asks for the next; it may ask for the same snapshots again, and must get the same
 * numbers. Two runs at a time do not wait for each other.
 *
 * @example Trajectories that are computed when they are needed
 * ```ts
 * import { adam, Gpu, random, steppers, SupervisedTrainer, type TrajectorySource } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const N = 30;
 * const waves: TrajectorySource = {
 *   shape: [1_000_000, 100, 1, N], // 12 GB, were it an array
 *   read({ sample, start }, numSnapshots) {
 *     const u = (t: number, x: number) => Math.sin(2 * Math.PI * (x - 0.75 * t) / N + sample);
 *     return Float32Array.from({ length: numSnapshots * N }, (_, i) => u(start + Math.floor(i / N), i % N));
 *   },
 * };
 * await using gpu = await Gpu.request({ maxBytes: 16 * 2 ** 20 });
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: random.key(0) });
 * const trainer = new SupervisedTrainer(gpu, waves, {
 *   optimizer: adam(1e-2), numTrainingSteps: 10, batchSize: 8, doSubStacking: false,
 * });
 * assertEquals((await trainer.train(stepper, { key: random.key(1) })).update, 10);
 * ```
 */
export interface TrajectorySource {
  /** The axes [S, T, C, ...N] or [S, T, D]: samples, snapshots, and those of a snapshot. */
  readonly shape: Shape;
  /**
   * Consecutive snapshots of one trajectory.
   *
   * @param window the trajectory, and the first of the snapshots
   * @param numSnapshots how many, at least 1
   * @returns the numbers, last axis fastest, finite; they are copied before the next read
   */
  read(window: TrajectoryWindow, numSnapshots: number): Float32Array | Promise<Float32Array>;
}

/** Trajectories: an array, or a source that is read piece by piece. */
export type TrajectoryData = NdArray | TrajectorySource;

/** The schema of trajectories. */
export const trajectoryDataSchema = (): z.ZodMiniType<TrajectoryData> =>
  z.custom<TrajectoryData>((x) => {
    if (x instanceof NdArray) return true;
    const { shape, read } = (x ?? {}) as Partial<TrajectorySource>;
    return typeof read === "function" && Array.isArray(shape) &&
      shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  }, { error: "an NdArray or a TrajectorySource" });
