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
import { type Ensemble, stack } from "../graph/ensemble.ts";
import type { AnyStepper, Stepper } from "../graph/stepper.ts";
import { isNdArray, mapTree, NdArray, type Tree } from "../ndarray.ts";
import { momentsOf, type Optimizer, requireSameChain } from "../optimizers/optimizer.ts";
import { checkOptions, instance, integer, lengthFault } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import type { Key } from "../random/mod.ts";
import { ensembleSchema } from "../run/ensemble_objective.ts";
import { Objective, stepperSchema } from "../run/objective.ts";
import type { RunnerKind } from "../run/runner_choice.ts";
import type { Window } from "../run/windows.ts";
import { Trajectories } from "../run/trajectories.ts";
import { Configuration, recordTape } from "../tape/configuration.ts";
import { fingerprintOf } from "../tape/print.ts";
import type { Recording } from "../tape/tape.ts";
import {
  dataFaults,
  type GeneralTrainerOptions,
  optimizerSchema,
  runnerOf,
  TRAINER_SCHEMA,
} from "./trainer_options.ts";
import { runTraining } from "./loop.ts";
import { checkStates, type RunSettings, type TrainingState } from "./training_state.ts";
import {
  checkRunOptions,
  type ResumeEnsembleOptions,
  type RunOptions,
  type TrainEnsembleOptions,
  type TrainOptions,
} from "./train_options.ts";

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
    checkOptions(
      "create trainer",
      {
        ...TRAINER_SCHEMA,
        configuration: instance(Configuration),
        subTrajectoryLen: z.optional(integer(options?.configuration?.numSnapshots ?? 1)),
      },
      options,
      dataFaults(data),
    );
    this.#gpu = gpu;
    this.#options = options;
    const { configuration, subTrajectoryLen = configuration.numSnapshots, doSubStacking = true } = options;
    this.#trajectories = new Trajectories(
      `train ${configuration.name}`,
      data,
      subTrajectoryLen,
      options.subTrajectoryLen === undefined ? undefined : `subTrajectoryLen=${subTrajectoryLen}`,
    );
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
    checkRunOptions(`train ${this.#options.configuration.name}`, options, { key: keyOption() });
    this.#checkStepper(stepper);
    const { key, ...run } = options;
    return (await this.#run([this.#start(stepper, key)], run))[0]!;
  }

  /**
   * Trains the members of an ensemble side by side. Each gives the bits of a run of its own with its key and optimizer.
   *
   * @param ensemble the members, from `stack`, with their initial parameters
   * @param options a key for each member, and an optimizer where their learning rates differ
   * @returns the state of each member after the last update, or after the last one before the signal
   * @throws {OptionsError} when keys or optimizers do not fit the members
   * @throws {DivergenceError} when a loss or gradient of any member is not finite; it has the last good states
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async trainEnsemble<P extends Tree<NdArray>>(
    ensemble: Ensemble<P>,
    options: TrainEnsembleOptions,
  ): Promise<TrainingState<P>[]> {
    const what = `train ${this.#options.configuration.name}`;
    checkOptions(what, { ensemble: ensembleSchema() }, { ensemble });
    const { members } = ensemble;
    checkRunOptions(what, options, {
      keys: z.array(keyOption(), { error: "a list of keys" }),
      optimizers: z.optional(z.array(optimizerSchema(), { error: "a list of optimizers" })),
    }, [
      ...lengthFault("keys", options.keys, members.length),
      ...lengthFault("optimizers", options.optimizers, members.length),
    ]);
    const { keys, optimizers = members.map(() => this.#options.optimizer), ...run } = options;
    requireSameChain(what, optimizers);
    const states = members.map((stepper, m) => this.#start(stepper, keys[m]!, optimizers[m]!));
    return await this.#run(states, run, optimizers);
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
    return (await this.resumeEnsemble([state], options))[0]!;
  }

  /**
   * Goes on from the states of an ensemble's members, all after the same number of updates.
   *
   * @param states where to go on
   * @param options a signal that ends the run early; an optimizer for each member where their learning rates differ
   * @returns the state of each member after the last update, or after the last one before the signal
   * @throws {OptionsError} when a state belongs to other settings, or updates differ
   * @throws {DivergenceError} when a loss or gradient of any member is not finite; it has the last good states
   */
  async resumeEnsemble<P extends Tree<NdArray>>(
    states: readonly TrainingState<P>[],
    options: ResumeEnsembleOptions = {},
  ): Promise<TrainingState<P>[]> {
    const what = `resume ${this.#options.configuration.name}`;
    checkStates(what, states);
    checkRunOptions(what, options, {
      optimizers: z.optional(z.array(optimizerSchema(), { error: "a list of optimizers" })),
    }, lengthFault("optimizers", options.optimizers, states.length));
    const { optimizers = states.map(() => this.#options.optimizer), ...run } = options;
    requireSameChain(what, optimizers);
    stack(states.map(({ stepper }) => stepper));
    const faults = states.flatMap((state, m) => {
      const settings = { ...this.#settings(state.stepper, optimizers[m]!), update: states[0]!.update };
      const saved = { ...state.settings, update: state.update };
      return (Object.keys(settings) as (keyof typeof settings)[])
        .filter((name) => settings[name] !== saved[name])
        .map((name) => ({
          path: states.length > 1 ? `states.${m}.${name}` : name,
          rule: `${JSON.stringify(saved[name])}, as in the state`,
          value: settings[name],
        }));
    });
    if (faults.length > 0) throw new OptionsError(what, faults);
    return await this.#run(states, run, optimizers);
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

  /** The state before the first update. */
  #start<P extends Tree<NdArray>>(
    stepper: Stepper<P>,
    key: Key,
    optimizer: Optimizer = this.#options.optimizer,
  ): TrainingState<P> {
    const zeros = mapTree(
      stepper.parameters as Tree<NdArray>,
      isNdArray,
      (_, { shape }) => NdArray.zeros(shape),
    ) as P;
    return {
      update: 0,
      key,
      stepper,
      moments: Object.fromEntries(momentsOf(optimizer).map((name) => [name, zeros])),
      lossHistory: new Float32Array(),
      settings: this.#settings(stepper, optimizer),
    };
  }

  #settings(stepper: AnyStepper, optimizer: Optimizer): RunSettings {
    const { configuration, batchSize, recordLossEvery = 1 } = this.#options;
    return {
      configuration: `${configuration.name} ${fingerprintOf(this.#record(stepper))}`,
      optimizer: optimizer.name,
      batchSize,
      numTotalSamples: this.numTotalSamples,
      recordLossEvery,
      runner: runnerOf(this.#options, this.#record(stepper), stepper, this.#trajectories.snapshotShape),
    };
  }

  #record(stepper: AnyStepper): Recording {
    const { configuration, refStepper, residuum } = this.#options;
    return recordTape(configuration, { stepper, refStepper, residuum });
  }

  #run<P extends Tree<NdArray>>(
    states: readonly TrainingState<P>[],
    options: RunOptions,
    optimizers: readonly Optimizer[] = [this.#options.optimizer],
  ): Promise<TrainingState<P>[]> {
    const { configuration, numTrainingSteps, batchSize } = this.#options;
    return runTraining(this.#gpu, states, options, {
      name: configuration.name,
      recording: this.#record(states[0]!.stepper),
      optimizers,
      trajectories: this.#trajectories,
      stacker: this.#stacker,
      mixers: states.map(({ key, update }) =>
        new PermutationMixer({
          numTotalSamples: this.numTotalSamples,
          numMinibatches: Math.max(numTrainingSteps, update),
          batchSize,
          key,
        })
      ),
      numUpdates: numTrainingSteps,
      memory: this.#options.memory ?? "auto",
      runner: states[0]!.settings.runner as RunnerKind,
    });
  }
}
