/**
 * The task of a run: what a trainer makes of its options, its data and the states of the members.
 *
 * @module
 */
import { PermutationMixer } from "../data/permutation_mixer.ts";
import type { TrajectorySubStacker } from "../data/sub_stacker.ts";
import type { AnyStepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { MemoryPolicy } from "../run/policy.ts";
import { modelOf } from "../run/model.ts";
import { chooseRunner, type RunnerChoice, type RunnerKind, type RunnerOption } from "../run/runner_choice.ts";
import type { Trajectories } from "../run/trajectories.ts";
import { recordTape } from "../tape/configuration.ts";
import { fingerprintOf } from "../tape/print.ts";
import type { Recording } from "../tape/tape.ts";
import type { GeneralTrainerOptions } from "./trainer_options.ts";
import type { RunSettings, TrainingState } from "./training_state.ts";

/** What a run does. */
export interface RunTask {
  /** The configuration's name, for messages. */
  readonly name: string;
  /** What it recorded. */
  readonly recording: Recording;
  /** The optimizer of each member; they differ in their scalars only. */
  readonly optimizers: readonly Optimizer[];
  /** The data. */
  readonly trajectories: Trajectories;
  /** The windows. */
  readonly stacker: TrajectorySubStacker;
  /** The batches of each member. */
  readonly mixers: readonly PermutationMixer[];
  /** Updates in all. */
  readonly numUpdates: number;
  /** What the forward sweep keeps. */
  readonly memory: MemoryPolicy;
  /** What interprets the program. */
  readonly runner: RunnerKind;
  /** What was asked for. */
  readonly runnerOption: RunnerOption;
}

/** What a trainer is made of. */
export interface TrainerParts {
  /** Its options. */
  readonly options: GeneralTrainerOptions;
  /** The data. */
  readonly trajectories: Trajectories;
  /** The windows. */
  readonly stacker: TrajectorySubStacker;
}

/** What a trainer's configuration records for a stepper. */
function recordingOf({ configuration, refStepper, residuum }: GeneralTrainerOptions, stepper: AnyStepper) {
  return recordTape(configuration, { stepper, refStepper, residuum });
}

/**
 * The runner of a training.
 *
 * @param task what is trained
 * @param stepper the stepper of a member
 * @param batch rows of the batch
 * @throws {RangeError} when `"resident"` was asked for and cannot run
 */
export function runnerFor(
  { name, recording, trajectories, runnerOption }: Pick<
    RunTask,
    "name" | "recording" | "trajectories" | "runnerOption"
  >,
  stepper: AnyStepper,
  batch: number,
): RunnerChoice {
  const snapshot = trajectories.snapshotShape;
  const model = modelOf(recording, snapshot, { trained: stepper, gradient: true, schedule: "store" });
  return chooseRunner(`train ${name}`, runnerOption, { model, stepper, snapshot, batch });
}

/**
 * What a run depends on.
 *
 * @param parts the trainer
 * @param stepper the stepper of a member
 * @param optimizer its optimizer
 */
export function settingsOf(
  { options, stacker, trajectories }: TrainerParts,
  stepper: AnyStepper,
  optimizer: Optimizer,
): RunSettings {
  const { configuration, batchSize, recordLossEvery = 1, runner = "auto" } = options;
  const recording = recordingOf(options, stepper);
  const task = { name: configuration.name, recording, trajectories, runnerOption: runner };
  return {
    configuration: `${configuration.name} ${fingerprintOf(recording)}`,
    optimizer: optimizer.name,
    batchSize,
    numTotalSamples: stacker.numTotalSamples,
    recordLossEvery,
    runner: runnerFor(task, stepper, batchSize).runner,
  };
}

/**
 * What a run does from given states on.
 *
 * @param parts the trainer
 * @param states the states of the members
 * @param optimizers their optimizers
 */
export function taskOf<P extends Tree<NdArray>>(
  { options, trajectories, stacker }: TrainerParts,
  states: readonly TrainingState<P>[],
  optimizers: readonly Optimizer[],
): RunTask {
  const { configuration, numTrainingSteps, batchSize, memory = "auto", runner = "auto" } = options;
  return {
    name: configuration.name,
    recording: recordingOf(options, states[0]!.stepper),
    optimizers,
    trajectories,
    stacker,
    mixers: states.map(({ key, update }) =>
      new PermutationMixer({
        numTotalSamples: stacker.numTotalSamples,
        numMinibatches: Math.max(numTrainingSteps, update),
        batchSize,
        key,
      })
    ),
    numUpdates: numTrainingSteps,
    memory,
    runner: states[0]!.settings.runner as RunnerKind, // checked where states come from files
    runnerOption: runner,
  };
}
