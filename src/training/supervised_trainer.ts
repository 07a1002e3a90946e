/**
 * The trainer of supervised unrolling.
 *
 * @module
 */
import { Supervised, type SupervisedOptions } from "../configurations/supervised.ts";
import type { TrajectoryData } from "../data/trajectory_source.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { chainTrainerOptions } from "./chain_trainer.ts";
import { GeneralTrainer } from "./trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** Options of {@linkcode SupervisedTrainer}: those of the trainer and of `Supervised`. */
export interface SupervisedTrainerOptions extends TrainerOptions, SupervisedOptions {}

/**
 * Trains a stepper by supervised unrolling (trainax: `SupervisedTrainer`).
 *
 * @example
 * ```ts
 * import { adam, Gpu, random, sampleData, steppers, SupervisedTrainer } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) });
 * const stepper = steppers.conv({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, useBias: false, key: random.key(73),
 * });
 * const trainer = new SupervisedTrainer(gpu, data, {
 *   numRolloutSteps: 2, optimizer: adam(1e-2), numTrainingSteps: 50, batchSize: 32,
 * });
 * const { lossHistory } = await trainer.train(stepper, { key: random.key(42) });
 * assert(lossHistory[49]! < lossHistory[0]!);
 * ```
 */
export class SupervisedTrainer extends GeneralTrainer {
  /**
   * Checks options and data; allocates nothing.
   *
   * @param gpu the device
   * @param data trajectories, an array or a source, [S, T, C, ...N] or [S, T, D] with T >= numRolloutSteps + 1, finite
   * @param options options of the trainer and of `Supervised`
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short
   */
  constructor(gpu: Gpu, data: TrajectoryData, options: SupervisedTrainerOptions) {
    super(
      gpu,
      data,
      chainTrainerOptions(data, options, {
        name: "SupervisedTrainer",
        create: (own) => new Supervised(own),
      }),
    );
  }
}
