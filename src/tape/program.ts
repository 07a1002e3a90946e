/**
 * The program: a tape, forward and reversed, as a list of actions over states. Pure data; a runner interprets it.
 *
 * @module
 */
import type { Loss } from "../graph/loss.ts";
import type { StateFunction } from "../graph/stepper.ts";
import type { LossTerm, Recording, State } from "./tape.ts";

/**
 * What the forward sweep keeps for the reverse sweep: `"store"` the activations of every application, `"recompute"`
 * the states only, from which an application's activations are computed again right before its adjoint.
 */
export type MemoryPolicy = "store" | "recompute";

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

/** How a tape becomes a program. */
export interface ProgramOptions {
  /** The function whose parameters are trained. */
  readonly trained: StateFunction;
  /** Whether the reverse sweep is wanted. */
  readonly gradient: boolean;
  /** What the forward sweep keeps. */
  readonly memory: MemoryPolicy;
}

/**
 * Makes the program of a tape.
 *
 * Order of contributions to a cotangent: adjoints of later applications first, then the losses on the state in
 * reverse order of recording; the first sets, the others add.
 *
 * @param recording the tape
 * @param options what is trained, whether the gradient is wanted, what is kept
 */
export function programOf(recording: Recording, options: ProgramOptions): Program {
  return new Sweep(recording, options).program();
}

class Sweep {
  readonly #recording: Recording;
  readonly #options: ProgramOptions;
  readonly #functions: StateFunction[] = [];
  readonly #actions: Action[] = [];
  /** Values that the losses depend on. */
  readonly #used = new Set<number>();
  /** Values that get a cotangent. */
  readonly #barred = new Set<number>();
  /** Cotangents that have had their first contribution. */
  readonly #set = new Set<number>();
  #parametersSet = false;

  constructor(recording: Recording, options: ProgramOptions) {
    this.#recording = recording;
    this.#options = options;
  }

  program(): Program {
    this.#mark();
    const order = [...this.#used].sort((a, b) => a - b);
    if (this.#options.gradient) {
      for (const v of order) this.#forward(v);
      this.#reverse(order);
    } else {
      const terms = this.#termsByValue();
      for (const v of order) {
        this.#forward(v);
        for (const term of terms.get(v) ?? []) this.#loss(term);
      }
    }
    return {
      functions: this.#functions,
      trained: this.#functions.indexOf(this.#options.trained),
      losses: this.#recording.losses.map((term) => term.loss),
      actions: withFrees(this.#actions),
    };
  }

  #mark(): void {
    const { values, losses } = this.#recording;
    for (const { prediction, target } of losses) {
      for (const side of [prediction, target]) {
        if (side === null) continue;
        this.#used.add(side.value);
        if (side.flows) this.#barred.add(side.value);
      }
    }
    for (let v = values.length - 1; v >= 0; v--) {
      const value = values[v]!;
      if (value.kind === "snapshot") continue;
      for (const input of value.inputs) {
        if (this.#used.has(v)) this.#used.add(input.value);
        if (this.#barred.has(v) && input.flows) this.#barred.add(input.value);
      }
    }
    if (!this.#options.gradient) this.#barred.clear();
  }

  /** The terms whose later side is a value. */
  #termsByValue(): Map<number, number[]> {
    const terms = new Map<number, number[]>();
    this.#recording.losses.forEach(({ prediction, target }, term) => {
      const last = Math.max(prediction.value, target?.value ?? -1);
      terms.set(last, [...(terms.get(last) ?? []), term]);
    });
    return terms;
  }

  #forward(v: number): void {
    const value = this.#recording.values[v]!;
    if (value.kind === "snapshot") {
      if (this.#isInput(v)) this.#actions.push({ kind: "load", state: v, time: value.time });
      return;
    }
    const keeps = this.#options.memory === "store" && this.#barred.has(v);
    const inputs = value.inputs.map((s) => s.value);
    this.#actions.push({ kind: "forward", f: this.#functionIndex(value.f), inputs, state: v, keeps });
  }

  #reverse(order: readonly number[]): void {
    const terms = this.#termsByValue();
    for (const v of order.toReversed()) {
      for (const term of (terms.get(v) ?? []).toReversed()) this.#loss(term);
      const value = this.#recording.values[v]!;
      if (value.kind === "snapshot" || !this.#barred.has(v)) continue;
      const f = this.#functionIndex(value.f);
      const inputs = value.inputs.map((s) => s.value);
      if (this.#options.memory === "recompute") {
        this.#actions.push({ kind: "recompute", f, inputs, state: v });
      }
      const trains = value.f === this.#options.trained;
      this.#actions.push({
        kind: "adjoint",
        f,
        inputs,
        state: v,
        inputBars: value.inputs.map((s) => this.#contribution(s)),
        parametersAdd: trains ? this.#parametersSet : null,
      });
      this.#parametersSet ||= trains;
    }
  }

  #loss(term: number): void {
    const { prediction, target, weight } = this.#recording.losses[term]!;
    this.#actions.push({
      kind: "loss",
      term,
      prediction: this.#side(prediction),
      target: target && this.#side(target),
      weight,
      predictionBar: this.#contribution(prediction),
      targetBar: target && this.#contribution(target),
    });
  }

  #contribution(state: State): Contribution | null {
    if (!state.flows || !this.#options.gradient) return null;
    const adds = this.#set.has(state.value);
    this.#set.add(state.value);
    return { state: state.value, adds };
  }

  #side(state: State): Side {
    const value = this.#recording.values[state.value]!;
    return value.kind === "snapshot"
      ? { kind: "snapshot", time: value.time }
      : { kind: "state", state: state.value };
  }

  #isInput(v: number): boolean {
    return this.#recording.values.some((value, w) =>
      value.kind === "application" && this.#used.has(w) && value.inputs.some((s) => s.value === v)
    );
  }

  #functionIndex(f: StateFunction): number {
    const known = this.#functions.indexOf(f);
    return known >= 0 ? known : this.#functions.push(f) - 1;
  }
}

/** What an action reads or writes. */
export function resourcesOf(action: Action): { readonly what: Resource; readonly state: number }[] {
  const state = (state: number) => ({ what: "state" as const, state });
  const bars = (contributions: readonly (Contribution | null)[]) =>
    contributions.flatMap((c) => c ? [{ what: "cotangent" as const, state: c.state }] : []);
  switch (action.kind) {
    case "load":
      return [state(action.state)];
    case "forward":
      return [
        ...action.inputs.map(state),
        state(action.state),
        ...(action.keeps ? [{ what: "activations" as const, state: action.state }] : []),
      ];
    case "recompute":
      return [...action.inputs.map(state), { what: "activations", state: action.state }];
    case "loss": {
      const sides = [action.prediction, action.target].flatMap((s) =>
        s?.kind === "state" ? [state(s.state)] : []
      );
      return [...sides, ...bars([action.predictionBar, action.targetBar])];
    }
    case "adjoint":
      return [
        ...action.inputs.map(state),
        state(action.state),
        { what: "activations", state: action.state },
        { what: "cotangent", state: action.state },
        ...bars(action.inputBars),
      ];
    case "free":
      return [];
  }
}

/** The same actions, each followed by what nothing after it reads. */
function withFrees(actions: readonly Action[]): Action[] {
  const seen = new Set<string>();
  const frees = actions.toReversed().map((action) =>
    resourcesOf(action).filter(({ what, state }) => {
      const key = `${what} ${state}`;
      return seen.has(key) ? false : seen.add(key);
    }).map((resource): Action => ({ kind: "free", ...resource }))
  ).reverse();
  return actions.flatMap((action, i) => [action, ...frees[i]!]);
}
