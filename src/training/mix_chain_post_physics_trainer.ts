/**
 * The trainer of the mixed chain.
 *
 * @module
 */
import {
  MixChainPostPhysics,
  type MixChainPostPhysicsOptions,
} from "../configurations/mix_chain_post_physics.ts";
import type { TrajectoryData } from "../data/trajectory_source.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { StateFunction } from "../graph/stepper.ts";
import { chainTrainerOptions } from "./chain_trainer.ts";
import { GeneralTrainer } from "./trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** Options of {@linkcode MixChainPostPhysicsTrainer}: those of the trainer and of `MixChainPostPhysics`. */
export interface MixChainPostPhysicsTrainerOptions extends TrainerOptions, MixChainPostPhysicsOptions {
  /** The reference stepper, u' = P(u). */
  readonly refStepper: StateFunction;
}

/**
 * Trains a stepper whose steps are followed by physics. trainax has the configuration, and no trainer for it; this one
 * goes by the rules of its others.
 *
 * @example
 * ```ts
 * import {
 *   adam, constant, Gpu, MixChainPostPhysicsTrainer, NdArray, ops, random, sampleData, steppers,
 *   type Var,
 * } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ cfl: 1, key: random.key(0) });
 * const stepper = steppers.conv({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 3, useBias: false, key: random.key(73),
 * });
 * // One step at cfl 1 moves the state by one point: the tap at the left.
 * const refStepper = (u: Var): Var => ops.conv({ u, w: constant(new NdArray([1, 0, 0], [1, 1, 3])) });
 * const trainer = new MixChainPostPhysicsTrainer(gpu, data, {
 *   refStepper, numRolloutSteps: 2, numPostPhysicsSteps: 2, optimizer: adam(1e-2), numTrainingSteps: 50, batchSize: 32,
 * });
 * const { lossHistory } = await trainer.train(stepper, { key: random.key(42) });
 * assert(lossHistory[49]! < lossHistory[0]!);
 * ```
 */
export class MixChainPostPhysicsTrainer extends GeneralTrainer {
  /**
   * Checks options and data; allocates nothing.
   *
   * @param gpu the device
   * @param data trajectories, an array or a source, [S, T, C, ...N] or [S, T, D] with T >= numRolloutSteps + numPostPhysicsSteps + 1, finite
   * @param options options of the trainer and of `MixChainPostPhysics`
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short
   */
  constructor(gpu: Gpu, data: TrajectoryData, options: MixChainPostPhysicsTrainerOptions) {
    super(
      gpu,
      data,
      chainTrainerOptions(data, options, {
        name: "MixChainPostPhysicsTrainer",
        create: (own) => new MixChainPostPhysics(own),
        needed: "refStepper",
      }),
    );
  }
}
