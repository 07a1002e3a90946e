/**
 * The trainer of the residuum.
 *
 * @module
 */
import { Residuum, type ResiduumOptions } from "../configurations/residuum.ts";
import type { TrajectoryData } from "../data/trajectory_source.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { StateFunction } from "../graph/stepper.ts";
import { chainTrainerOptions } from "./chain_trainer.ts";
import { GeneralTrainer } from "./trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** Options of {@linkcode ResiduumTrainer}: those of the trainer and of `Residuum`. */
export interface ResiduumTrainerOptions extends TrainerOptions, ResiduumOptions {
  /** The residuum r(next, previous) of one sample. */
  readonly residuum: StateFunction;
}

/**
 * Trains a stepper by the residuum of its steps (trainax: `ResiduumTrainer`).
 *
 * @example
 * ```ts
 * import {
 *   adam, constant, Gpu, NdArray, ops, random, sampleData, steppers, ResiduumTrainer, type Var,
 * } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ cfl: 1, key: random.key(0) });
 * const stepper = steppers.conv({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 3, useBias: false, key: random.key(73),
 * });
 * // One step at cfl 1 moves the state by one point: the tap at the left.
 * const residuum = (next: Var, previous: Var): Var =>
 *   ops.sub({ a: next, b: ops.conv({ u: previous, w: constant(new NdArray([1, 0, 0], [1, 1, 3])) }) });
 * const trainer = new ResiduumTrainer(gpu, data, {
 *   residuum, numRolloutSteps: 3, optimizer: adam(1e-2), numTrainingSteps: 50, batchSize: 32,
 * });
 * const { lossHistory } = await trainer.train(stepper, { key: random.key(42) });
 * assert(lossHistory[49]! < lossHistory[0]!);
 * ```
 */
export class ResiduumTrainer extends GeneralTrainer {
  /**
   * Checks options and data; allocates nothing.
   *
   * @param gpu the device
   * @param data trajectories, an array or a source, [S, T, C, ...N] or [S, T, D] with T >= numRolloutSteps + 1 (without sub-stacking T >= 1), finite
   * @param options options of the trainer and of `Residuum`
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short
   */
  constructor(gpu: Gpu, data: TrajectoryData, options: ResiduumTrainerOptions) {
    super(
      gpu,
      data,
      chainTrainerOptions(data, options, {
        name: "ResiduumTrainer",
        create: (own) => new Residuum(own),
        needed: "residuum",
      }),
    );
  }
}
