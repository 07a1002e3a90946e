/**
 * The general trainer: a configuration, an optimizer and data.
 *
 * @module
 */
import * as z from "zod";
import { TrajectorySubStacker } from "../data/sub_stacker.ts";
import { OptionsError } from "../errors.ts";
import type { TrajectoryData } from "../data/trajectory_source.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Ensemble, stack } from "../graph/ensemble.ts";
import type { AnyStepper, Stepper } from "../graph/stepper.ts";
import { isNdArray, leavesOf, type NdArray, type Tree } from "../ndarray.ts";
import { momentsOf, type Optimizer, requireSameChain } from "../optimizers/optimizer.ts";
import { checkOptions, instance, integer, lengthFault } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import { type Key, key as randomKey } from "../random/mod.ts";
import { ensembleSchema } from "../run/ensemble_objective.ts";
import type { MemoryReport } from "../run/memory.ts";
import { Objective, stepperSchema } from "../run/objective.ts";
import type { Window } from "../run/windows.ts";
import { Trajectories } from "../run/trajectories.ts";
import { Configuration } from "../tape/configuration.ts";
import {
  dataFaults,
  type GeneralTrainerOptions,
  optimizerSchema,
  TRAINER_SCHEMA,
} from "./trainer_options.ts";
import { runTraining } from "./loop.ts";
import { settingsOf, taskOf, type TrainerParts } from "./run_task.ts";
import { TrainingLayouts } from "./training_layout.ts";
import { checkStates, settingsFaults, startState, type TrainingState } from "./training_state.ts";
import {
  checkRunOptions,
  type ResumeEnsembleOptions,
  type RunOptions,
  type TrainEnsembleOptions,
  type TrainOptions,
} from "./train_options.ts";

/** Bytes do not depend on the key of the shuffling. */
const ANY_KEY = randomKey(0);

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
  readonly #parts: TrainerParts;

  /**
   * Checks options and data; allocates nothing.
   *
   * @param gpu the device
   * @param data trajectories, an array or a source, [S, T, C, ...N] or [S, T, D], finite
   * @param options configuration, optimizer, numbers of updates and of windows in a batch
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short
   */
  constructor(gpu: Gpu, data: TrajectoryData, options: GeneralTrainerOptions) {
    checkOptions(
      "create trainer",
      {
        ...TRAINER_SCHEMA,
        configuration: instance(Configuration, "Configuration"),
        subTrajectoryLen: z.optional(integer(options?.configuration?.numSnapshots ?? 1)),
      },
      options,
      dataFaults(data),
    );
    this.#gpu = gpu;
    this.#options = options;
    const { configuration, subTrajectoryLen = configuration.numSnapshots, doSubStacking = true } = options;
    const trajectories = new Trajectories(
      `train ${configuration.name}`,
      data,
      subTrajectoryLen,
      options.subTrajectoryLen === undefined ? undefined : `subTrajectoryLen=${subTrajectoryLen}`,
    );
    const stacker = new TrajectorySubStacker({
      numSamples: trajectories.numSamples,
      trajectoryLen: trajectories.numSnapshots,
      subTrajectoryLen,
      doSubStacking,
    });
    this.#parts = { options, trajectories, stacker };
  }

  /** How many windows there are to train on. */
  get numTotalSamples(): number {
    return this.#parts.stacker.numTotalSamples;
  }

  /**
   * Trains from the start.
   *
   * @param stepper the stepper, with its initial parameters
   * @param options the key of the shuffling; a signal that ends the run early
   * @returns the state after the last update, or after the last one before the signal
   * @throws {DivergenceError} when a loss or the gradient is not finite; it has the last good state
   * @throws {TrainingDataError} when a source of data fails; it has the state reached
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
   * @throws {TrainingDataError} when a source of data fails; it has the states reached
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async trainEnsemble<P extends Tree<NdArray>>(
    ensemble: Ensemble<P>,
    options: TrainEnsembleOptions,
  ): Promise<TrainingState<P>[]> {
    const what = `train ${this.#options.configuration.name}`;
    checkOptions(what, { ensemble: ensembleSchema() }, { ensemble });
    const { members } = ensemble;
    members.forEach((member) => this.#checkStepper(member));
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
   * @throws {TrainingDataError} when a source of data fails; it has the state reached
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
   * @throws {TrainingDataError} when a source of data fails; it has the states reached
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
    const faults = settingsFaults(
      states,
      states.map(({ stepper }, m) => settingsOf(this.#parts, stepper, optimizers[m]!)),
    );
    if (faults.length > 0) throw new OptionsError(what, faults);
    return await this.#run(states, run, optimizers);
  }

  /**
   * The loss over all windows. Those that do not fit on the device at once are evaluated in parts, which are added on
   * the host.
   *
   * @param stepper the stepper
   * @throws {DataError} when the source of the data fails, or gives something else than it must
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async fullLoss<P extends Tree<NdArray>>(stepper: Stepper<P>): Promise<number> {
    const { configuration, refStepper, residuum } = this.#options;
    using objective = new Objective(this.#gpu, configuration, {
      stepper,
      data: this.#parts.trajectories.data,
      windows: Array.from({ length: this.numTotalSamples }, (_, i): Window => this.#parts.stacker.window(i)),
      ...(refStepper && { refStepper }),
      ...(residuum && { residuum }),
    });
    return (await objective.evaluate()).loss;
  }

  /**
   * The bytes that training takes on the device, counted ahead.
   *
   * @param stepper the stepper, or an ensemble from `stack`
   * @throws {GpuError} when the memory policy is `{ bytes }`, and nothing fits in them
   */
  memory<P extends Tree<NdArray>>(stepper: Stepper<P> | Ensemble<P>): MemoryReport {
    return this.#layouts(stepper).memory();
  }

  /**
   * What training does for each update, in words: the runner and why, sizes, where the data lie, and the program.
   *
   * @param stepper the stepper, or an ensemble from `stack`
   * @throws {GpuError} when the memory policy is `{ bytes }`, and nothing fits in them
   */
  explain<P extends Tree<NdArray>>(stepper: Stepper<P> | Ensemble<P>): string {
    return this.#layouts(stepper).explain();
  }

  #layouts<P extends Tree<NdArray>>(stepper: Stepper<P> | Ensemble<P>): TrainingLayouts {
    const members = "members" in Object(stepper) ? (stepper as Ensemble<P>).members : [stepper as Stepper<P>];
    members.forEach((member) => this.#checkStepper(member));
    const states = members.map((member) => this.#start(member, ANY_KEY));
    const task = taskOf(this.#parts, states, members.map(() => this.#options.optimizer));
    return new TrainingLayouts(this.#gpu, members[0]!, task);
  }

  #checkStepper(stepper: unknown): void {
    const what = `train ${this.#options.configuration.name}`;
    checkOptions(what, { stepper: stepperSchema() }, { stepper });
    const { parameters } = stepper as AnyStepper;
    if (leavesOf(parameters, isNdArray).length > 0) return;
    throw new OptionsError(what, [{
      path: "number of arrays in stepper.parameters",
      rule: ">= 1",
      value: 0,
    }]);
  }

  /** The state before the first update. */
  #start<P extends Tree<NdArray>>(
    stepper: Stepper<P>,
    key: Key,
    optimizer: Optimizer = this.#options.optimizer,
  ): TrainingState<P> {
    return startState(stepper, key, momentsOf(optimizer), settingsOf(this.#parts, stepper, optimizer));
  }

  #run<P extends Tree<NdArray>>(
    states: readonly TrainingState<P>[],
    options: RunOptions,
    optimizers: readonly Optimizer[] = [this.#options.optimizer],
  ): Promise<TrainingState<P>[]> {
    return runTraining(this.#gpu, states, options, taskOf(this.#parts, states, optimizers));
  }
}
