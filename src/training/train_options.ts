/**
 * Options of a training run.
 *
 * @module
 */
import * as z from "zod";
import { Callback } from "./callbacks/callback.ts";
import type { Fault } from "../errors.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { callable, checkOptions, instance } from "../options.ts";
import type { Key } from "../random/mod.ts";

/** How far a run is. */
export interface Progress {
  /** Updates done. */
  readonly update: number;
  /** Updates in all. */
  readonly numUpdates: number;
  /** Which run through the windows it is, from 0. */
  readonly epoch: number;
  /** The last loss that was read back, of some update before; in an ensemble the mean. Null before the first. */
  readonly loss: number | null;
  /** Updates per second since the first submit was done. */
  readonly updatesPerSecond: number;
}

/** Options that a run has however it starts. */
export interface RunOptions {
  /** Ends the run early: it resolves with the state reached. Looked at between submits. */
  readonly signal?: AbortSignal;
  /** What to look at on the way; each looks before its updates, in this order. */
  readonly callbacks?: readonly Callback<unknown>[];
  /** Called now and then with how far the run is. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Options of a run from the start. */
export interface TrainOptions extends RunOptions {
  /** The key of the shuffling. */
  readonly key: Key;
}

/** Options of a run of an ensemble from its states. */
export interface ResumeEnsembleOptions extends RunOptions {
  /** An optimizer for each member: the same chain, with learning rates of its own. Default: the trainer's for all. */
  readonly optimizers?: readonly Optimizer[];
}

/** Options of a run of an ensemble from the start. */
export interface TrainEnsembleOptions extends ResumeEnsembleOptions {
  /** The key of each member's shuffling. */
  readonly keys: readonly Key[];
}

const RUN = {
  signal: z.optional(instance(AbortSignal, "AbortSignal")),
  callbacks: z.optional(z.array(instance(Callback, "Callback"), { error: "a list of callbacks" })),
  onProgress: z.optional(callable()),
};

/**
 * Throws unless options of a run hold.
 *
 * @param what what was to be done, for example `train Supervised`
 * @param options what the caller gave
 * @param further schemas of further options
 * @param faults faults between options
 * @throws {OptionsError} naming every fault
 */
export function checkRunOptions(
  what: string,
  options: unknown,
  further: Record<string, z.ZodMiniType>,
  faults: readonly Fault[] = [],
): void {
  checkOptions(what, { ...RUN, ...further }, options, faults);
}
