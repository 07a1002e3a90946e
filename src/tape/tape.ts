/**
 * The tape: what a configuration records. It knows states and the functions applied to them, nothing of ops, batches or devices.
 *
 * @module
 */
import type { Loss } from "../graph/loss.ts";
import type { StateFunction } from "../graph/stepper.ts";

/** A state on a tape: the batch of fields at one point of a rollout. */
export interface State {
  /** Index of the {@linkcode Value} that holds it. */
  readonly value: number;
  /** Whether cotangents flow back through it; false for snapshots and behind a stop-gradient. */
  readonly flows: boolean;
}

/** How a value comes about: read from the data, or a function applied to states. */
export type Value =
  | { readonly kind: "snapshot"; readonly time: number }
  | { readonly kind: "application"; readonly f: StateFunction; readonly inputs: readonly State[] };

/** One weighted loss between two states, or of one state against zero. */
export interface LossTerm {
  /** The loss. */
  readonly loss: Loss;
  /** Its first side. */
  readonly prediction: State;
  /** Its second side; null compares with zero. */
  readonly target: State | null;
  /** The factor before it in the sum. */
  readonly weight: number;
}

/** What a configuration records on. */
export interface Tape {
  /**
   * The reference state at a time level of the window.
   *
   * @param t time level, 0 for the initial state
   */
  snapshot(t: number): State;
  /**
   * A function applied to states. The same function on the same states is recorded once; a function literal is a
   * new function each time it is evaluated, so write it outside of loops.
   *
   * @param f a stepper, or a function of graph variables without parameters
   * @param states its arguments
   */
  apply(f: StateFunction, ...states: State[]): State;
  /** The same state, through which no cotangent flows back. */
  stopGradient(state: State): State;
  /**
   * Adds `weight * loss(prediction, target)` to the objective. Terms with one and the same loss share its kernels, so
   * a loss of many levels should be made once, and not for each of them.
   *
   * @param loss the loss, reduced over the batch by its own rule
   * @param prediction the first side
   * @param target the second side; default: compare with zero
   * @param weight the factor; default 1
   */
  loss(loss: Loss, prediction: State, target?: State, weight?: number): void;
}

/** A finished tape. */
export interface Recording {
  /** The values in the order in which they were recorded; inputs come before their applications. */
  readonly values: readonly Value[];
  /** The terms of the objective, in order. */
  readonly losses: readonly LossTerm[];
}

/** Records the values and losses that one configuration asks for. */
export class TapeRecorder implements Tape, Recording {
  readonly values: Value[] = [];
  readonly losses: LossTerm[] = [];
  readonly #trained: StateFunction;
  readonly #known = new Map<string, State>();
  readonly #functions: StateFunction[] = [];

  /** @param trained the function whose parameters are trained: its results flow even where its inputs do not */
  constructor(trained: StateFunction) {
    this.#trained = trained;
  }

  snapshot(t: number): State {
    if (!Number.isSafeInteger(t) || t < 0) {
      throw new RangeError(
        `Cannot record snapshot as its time level must be an integer >= 0: current t is ${t}`,
      );
    }
    return this.#once(`snapshot ${t}`, { kind: "snapshot", time: t }, false);
  }

  apply(f: StateFunction, ...inputs: State[]): State {
    const known = this.#functions.indexOf(f);
    const index = known >= 0 ? known : this.#functions.push(f) - 1;
    const flows = f === this.#trained || inputs.some((s) => s.flows);
    const names = inputs.map((s) => `${s.value}${s.flows ? "" : "|"}`);
    return this.#once(`${index}(${names.join()})`, { kind: "application", f, inputs }, flows);
  }

  stopGradient(state: State): State {
    return state.flows ? { value: state.value, flows: false } : state;
  }

  loss(loss: Loss, prediction: State, target?: State, weight = 1): void {
    if (!Number.isFinite(weight)) {
      throw new RangeError(
        `Cannot record loss ${loss.name} as its weight must be finite: current weight is ${weight}`,
      );
    }
    this.losses.push({ loss, prediction, target: target ?? null, weight });
  }

  #once(key: string, value: Value, flows: boolean): State {
    const known = this.#known.get(key);
    if (known) return known;
    const state = { value: this.values.push(value) - 1, flows };
    this.#known.set(key, state);
    return state;
  }
}
