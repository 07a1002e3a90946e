/**
 * The trainer of the diverted chain with branches of one step.
 *
 * @module
 */
import {
  DivertedChainBranchOne,
  type DivertedChainBranchOneOptions,
} from "../configurations/diverted_chain_branch_one.ts";
import type { TrajectoryData } from "../data/trajectory_source.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { StateFunction } from "../graph/stepper.ts";
import { chainTrainerOptions } from "./chain_trainer.ts";
import { GeneralTrainer } from "./trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** Options of {@linkcode DivertedChainBranchOneTrainer}: those of the trainer and of `DivertedChainBranchOne`. */
export interface DivertedChainBranchOneTrainerOptions extends TrainerOptions, DivertedChainBranchOneOptions {
  /** The reference stepper, u' = P(u). */
  readonly refStepper: StateFunction;
}

/**
 * Trains a stepper against single steps of a reference stepper (trainax: `DivertedChainBranchOneTrainer`).
 *
 * @example
 * ```ts
 * import {
 *   adam, constant, DivertedChainBranchOneTrainer, Gpu, NdArray, ops, random, sampleData, steppers,
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
 * const trainer = new DivertedChainBranchOneTrainer(gpu, data, {
 *   refStepper, numRolloutSteps: 3, optimizer: adam(1e-2), numTrainingSteps: 50, batchSize: 32,
 * });
 * const { lossHistory } = await trainer.train(stepper, { key: random.key(42) });
 * assert(lossHistory[49]! < lossHistory[0]!);
 * ```
 */
export class DivertedChainBranchOneTrainer extends GeneralTrainer {
  /**
   * Checks options and data; allocates nothing.
   *
   * @param gpu the device
   * @param data trajectories, an array or a source, [S, T, C, ...N] or [S, T, D] with T >= numRolloutSteps + 1 (without sub-stacking T >= 1), finite
   * @param options options of the trainer and of `DivertedChainBranchOne`
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short
   */
  constructor(gpu: Gpu, data: TrajectoryData, options: DivertedChainBranchOneTrainerOptions) {
    super(
      gpu,
      data,
      chainTrainerOptions(data, options, {
        name: "DivertedChainBranchOneTrainer",
        create: (own) => new DivertedChainBranchOne(own),
        needed: "refStepper",
      }),
    );
  }
}
