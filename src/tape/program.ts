/**
 * The program: a tape, forward and reversed, as a list of actions over states. Pure data; a runner interprets it.
 *
 * @module
 */
import type { Loss } from "../graph/loss.ts";
import type { StateFunction } from "../graph/stepper.ts";

/**
 * What the forward sweep keeps for the reverse sweep: `"store"` the activations of every application; `"recompute"` the
 * states only, from which an application's activations are computed again right before its adjoint; `{ checkpoints }`
 * the states of so many time levels of each segment between cuts, by a binomial schedule.
 */
export type MemorySchedule = "store" | "recompute" | { readonly checkpoints: number };

/** Where one side of a loss is read: a state, or a snapshot of the data. */
export type Side = { readonly kind: "state"; readonly state: number } | {
  readonly kind: "snapshot";
  readonly time: number;
};

/** A cotangent that is written; `adds` says whether to what was written before. */
export interface Contribution {
  /** The state whose cotangent it is. */
  readonly state: number;
  /** False for the first contribution, which sets. */
  readonly adds: boolean;
}

/** One action. States, cotangents and activations bear the number of the tape's value. */
export type Action =
  | { readonly kind: "load"; readonly state: number; readonly time: number }
  | {
    readonly kind: "forward";
    readonly f: number;
    readonly inputs: readonly number[];
    readonly state: number;
    /** Whether the activations are kept for the adjoint. */
    readonly keeps: boolean;
  }
  | {
    readonly kind: "recompute";
    readonly f: number;
    readonly inputs: readonly number[];
    readonly state: number;
  }
  | {
    readonly kind: "loss";
    /** Which term of the objective. */
    readonly term: number;
    readonly prediction: Side;
    readonly target: Side | null;
    readonly weight: number;
    readonly predictionBar: Contribution | null;
    readonly targetBar: Contribution | null;
  }
  | {
    readonly kind: "adjoint";
    readonly f: number;
    readonly inputs: readonly number[];
    readonly state: number;
    /** For each input the cotangent that is wanted, or null. */
    readonly inputBars: readonly (Contribution | null)[];
    /** Whether parameter cotangents add to those of an earlier action; null where the parameters are not trained. */
    readonly parametersAdd: boolean | null;
  }
  | { readonly kind: "free"; readonly what: Resource; readonly state: number };

/** What an action may hold for a value of the tape. */
export type Resource = "state" | "cotangent" | "activations";

/** The actions of one evaluation and the tables that they index. */
export interface Program {
  /** The functions applied, by the `f` of an action. */
  readonly functions: readonly StateFunction[];
  /** Which of them is trained, as an index; -1 where it is not applied. */
  readonly trained: number;
  /** The losses of the terms, by the `term` of an action. */
  readonly losses: readonly Loss[];
  /** The actions in order. */
  readonly actions: readonly Action[];
}
