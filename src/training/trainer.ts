/**
 * The general trainer: a configuration, an optimizer and data.
 *
 * @module
 */
import * as z from "zod";
import { PermutationMixer } from "../data/permutation_mixer.ts";
import { TrajectorySubStacker } from "../data/sub_stacker.ts";
import { OptionsError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { StateFunction, Stepper } from "../graph/stepper.ts";
import { isNdArray, leavesOf, mapTree, NdArray, type Tree } from "../ndarray.ts";
import { momentsOf, type Optimizer } from "../optimizers/optimizer.ts";
import { checkOptions, flag, instance, integer, word } from "../options.ts";
import { Objective, stateFunctionSchema, stepperSchema, type Window } from "../run/objective.ts";
import { Trajectories } from "../run/trajectories.ts";
import { Configuration, type Parts, recordTape } from "../tape/configuration.ts";
import type { MemoryPolicy } from "../tape/program.ts";
import { runTraining } from "./loop.ts";
import type { RunSettings, TrainingState } from "./training_state.ts";
import { checkRunOptions, type RunOptions, type TrainOptions } from "./train_options.ts";

/** What every trainer takes beside its configuration. */
export interface TrainerOptions {
  /** The optimizer, for example `adam(1e-3)`. */
  readonly optimizer: Optimizer;
  /** How many updates are done in all; an integer >= 1. */
  readonly numTrainingSteps: number;
  /** Windows in a batch; an integer >= 1. The last batch of an epoch is what remains; more than there are is all. */
  readonly batchSize: number;
  /** The reference stepper, for configurations that need one. */
  readonly refStepper?: StateFunction;
  /** The residuum r(next, previous), for configurations that need one. */
  readonly residuum?: StateFunction;
  /** Whether every window of a trajectory is trained on (default), or only the one from snapshot 0. */
  readonly doSubStacking?: boolean;
  /** What the forward sweep keeps for the reverse sweep; default `"store"`. Bits do not depend on it. */
  readonly memory?: MemoryPolicy;
}

/** Options of {@linkcode GeneralTrainer}. */
export interface GeneralTrainerOptions extends TrainerOptions {
  /** The configuration that gives the loss. */
  readonly configuration: Configuration;
  /** Snapshots of a window; default: those that the configuration reads. More keeps windows off the trajectories' ends. */
  readonly subTrajectoryLen?: number;
}

/** The schemas of {@linkcode TrainerOptions}. */
export const TRAINER_SCHEMA = {
  optimizer: z.custom<Optimizer>((x) => Array.isArray((x as Optimizer | null)?.transforms), {
    error: "an optimizer",
  }),
  numTrainingSteps: integer(1),
  batchSize: integer(1),
  refStepper: z.optional(stateFunctionSchema()),
  residuum: z.optional(stateFunctionSchema()),
  doSubStacking: z.optional(flag()),
  memory: z.optional(word("store", "recompute")),
};

/**
 * Trains a stepper by any configuration (trainax: `GeneralTrainer`). Windows, batches and updates are those of trainax
 * for the same key; the loss is recorded before each update.
 *
 * @example
 * ```ts
 * import { adam, GeneralTrainer, Gpu, random, sampleData, steppers, Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) });
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: random.key(1) });
 * const configuration = new Supervised({ numRolloutSteps: 2 });
 * const trainer = new GeneralTrainer(gpu, data, {
 *   configuration, optimizer: adam(1e-2), numTrainingSteps: 20, batchSize: 32,
 * });
 * const run = await trainer.train(stepper, { key: random.key(42) });
 * assertEquals(run.lossHistory.length, 20);
 * ```
 */
export class GeneralTrainer {
  readonly #gpu: Gpu;
  readonly #options: GeneralTrainerOptions;
  readonly #trajectories: Trajectories;
  readonly #stacker: TrajectorySubStacker;

  /**
   * Checks options and data; allocates nothing.
   *
   * @param gpu the device
   * @param data trajectories, [S, T, C, ...N] or [S, T, D], finite
   * @param options configuration, optimizer, numbers of updates and of windows in a batch
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short
   */
  constructor(gpu: Gpu, data: NdArray, options: GeneralTrainerOptions) {
    checkOptions("create trainer", {
      ...TRAINER_SCHEMA,
      configuration: instance(Configuration),
      subTrajectoryLen: z.optional(integer(options?.configuration?.numSnapshots ?? 1)),
    }, options);
    checkOptions("create trainer", { data: instance(NdArray) }, { data });
    this.#gpu = gpu;
    this.#options = options;
    const { configuration, subTrajectoryLen = configuration.numSnapshots, doSubStacking = true } = options;
    this.#trajectories = new Trajectories(`train ${configuration.name}`, data, subTrajectoryLen);
    this.#stacker = new TrajectorySubStacker({
      numSamples: this.#trajectories.numSamples,
      trajectoryLen: this.#trajectories.numSnapshots,
      subTrajectoryLen,
      doSubStacking,
    });
  }

  /** How many windows there are to train on. */
  get numTotalSamples(): number {
    return this.#stacker.numTotalSamples;
  }

  /**
   * Trains from the start.
   *
   * @param stepper the stepper, with its initial parameters
   * @param options the key of the shuffling; a signal that ends the run early
   * @returns the state after the last update, or after the last one before the signal
   * @throws {DivergenceError} when a loss or the gradient is not finite; it has the last good state
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async train<P extends Tree<NdArray>>(
    stepper: Stepper<P>,
    options: TrainOptions,
  ): Promise<TrainingState<P>> {
    checkRunOptions(`train ${this.#options.configuration.name}`, options, true);
    this.#checkStepper(stepper);
    const zeros = mapTree(
      stepper.parameters as Tree<NdArray>,
      isNdArray,
      (_, { shape }) => NdArray.zeros(shape),
    ) as P;
    const start: TrainingState<P> = {
      update: 0,
      key: options.key,
      stepper,
      moments: Object.fromEntries(momentsOf(this.#options.optimizer).map((name) => [name, zeros])),
      lossHistory: new Float32Array(),
      settings: this.#settings(),
    };
    return await this.#run(start, options);
  }

  /**
   * Goes on from a state. The result has the bits of a run that never stopped.
   *
   * @param state where to go on, from `train`, `resume`, a `DivergenceError` or a file
   * @param options a signal that ends the run early
   * @returns the state after the last update, or after the last one before the signal
   * @throws {OptionsError} when the state belongs to other settings
   * @throws {DivergenceError} when a loss or the gradient is not finite; it has the last good state
   */
  async resume<P extends Tree<NdArray>>(
    state: TrainingState<P>,
    options: RunOptions = {},
  ): Promise<TrainingState<P>> {
    const what = `resume ${this.#options.configuration.name}`;
    checkRunOptions(what, options, false);
    this.#checkStepper(state.stepper);
    const settings = this.#settings();
    const faults = (Object.keys(settings) as (keyof RunSettings)[])
      .filter((name) => settings[name] !== state.settings[name])
      .map((name) => ({
        path: name,
        rule: `${JSON.stringify(state.settings[name])}, as in the state`,
        value: settings[name],
      }));
    if (faults.length > 0) throw new OptionsError(what, faults);
    return await this.#run(state, options);
  }

  /**
   * The loss over all windows at once.
   *
   * @param stepper the stepper
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async fullLoss<P extends Tree<NdArray>>(stepper: Stepper<P>): Promise<number> {
    const { configuration, refStepper, residuum } = this.#options;
    using objective = new Objective(this.#gpu, configuration, {
      stepper,
      data: this.#trajectories.data,
      windows: Array.from({ length: this.numTotalSamples }, (_, i): Window => this.#stacker.window(i)),
      ...(refStepper && { refStepper }),
      ...(residuum && { residuum }),
    });
    return (await objective.evaluate()).loss;
  }

  #checkStepper(stepper: unknown): void {
    checkOptions(`train ${this.#options.configuration.name}`, { stepper: stepperSchema() }, { stepper });
  }

  #settings(): RunSettings {
    const { configuration, optimizer, batchSize } = this.#options;
    return {
      configuration: configuration.name,
      optimizer: optimizer.name,
      batchSize,
      numTotalSamples: this.numTotalSamples,
      runner: "launches",
    };
  }

  #run<P extends Tree<NdArray>>(state: TrainingState<P>, options: RunOptions): Promise<TrainingState<P>> {
    const { configuration, refStepper, residuum, numTrainingSteps, batchSize } = this.#options;
    const parts: Parts = { stepper: state.stepper as unknown as Stepper, refStepper, residuum };
    return runTraining(this.#gpu, state, options, {
      name: configuration.name,
      recording: recordTape(configuration, parts),
      optimizer: this.#options.optimizer,
      trajectories: this.#trajectories,
      stacker: this.#stacker,
      mixer: new PermutationMixer({
        numTotalSamples: this.numTotalSamples,
        numMinibatches: Math.max(numTrainingSteps, state.update),
        batchSize,
        key: state.key,
      }),
      numUpdates: numTrainingSteps,
      memory: this.#options.memory ?? "store",
    });
  }
}
