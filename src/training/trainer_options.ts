/**
 * Options of trainers.
 *
 * @module
 */
import * as z from "zod";
import { trajectoryDataSchema } from "../data/trajectory_source.ts";
import type { Fault } from "../errors.ts";
import type { StateFunction } from "../graph/stepper.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { faultsOf, flag, integer } from "../options.ts";
import { stateFunctionSchema } from "../run/objective.ts";
import { type MemoryPolicy, policySchema } from "../run/policy.ts";
import { type RunnerOption, runnerSchema } from "../run/runner_choice.ts";
import type { Configuration } from "../tape/configuration.ts";

/** The schema of an optimizer. */
export const optimizerSchema = (): z.ZodMiniType<Optimizer> =>
  z.custom<Optimizer>((x) => Array.isArray((x as Optimizer | null)?.transforms), { error: "an optimizer" });

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
  /** After how many updates a loss enters the history, each time; an integer >= 1, default 1. */
  readonly recordLossEvery?: number;
  /** What the forward sweep keeps for the reverse sweep; default `"auto"`. Bits do not depend on it. */
  readonly memory?: MemoryPolicy;
  /** What interprets the program; default `"auto"`. A run can be resumed with the runner that it began with only. */
  readonly runner?: RunnerOption;
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
  optimizer: optimizerSchema(),
  numTrainingSteps: integer(1),
  batchSize: integer(1),
  refStepper: z.optional(stateFunctionSchema()),
  residuum: z.optional(stateFunctionSchema()),
  doSubStacking: z.optional(flag()),
  recordLossEvery: z.optional(integer(1)),
  memory: z.optional(policySchema()),
  runner: z.optional(runnerSchema()),
};

/** A fault unless data are an array or a source. */
export function dataFaults(data: unknown): Fault[] {
  return faultsOf({ data: trajectoryDataSchema() }, { data });
}
