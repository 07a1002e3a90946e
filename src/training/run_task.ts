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
import type { RunnerChoice } from "../run/runner_choice.ts";
import type { Trajectories } from "../run/trajectories.ts";
import { recordTape } from "../tape/configuration.ts";
import { fingerprintOf } from "../tape/print.ts";
import type { Recording } from "../tape/tape.ts";
import { type GeneralTrainerOptions, runnerOf } from "./trainer_options.ts";
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
  /** What interprets the program, and why. */
  readonly runner: RunnerChoice;
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
  const { configuration, batchSize, recordLossEvery = 1 } = options;
  const recording = recordingOf(options, stepper);
  return {
    configuration: `${configuration.name} ${fingerprintOf(recording)}`,
    optimizer: optimizer.name,
    batchSize,
    numTotalSamples: stacker.numTotalSamples,
    recordLossEvery,
    runner: runnerOf(options, recording, stepper, trajectories.snapshotShape).runner,
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
  const { configuration, numTrainingSteps, batchSize, memory = "auto" } = options;
  const { stepper } = states[0]!;
  const recording = recordingOf(options, stepper);
  return {
    name: configuration.name,
    recording,
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
    runner: runnerOf(options, recording, stepper, trajectories.snapshotShape),
  };
}
