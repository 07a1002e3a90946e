/**
 * Runs a program in float64 over a batch of windows. States are flat, [B * N], samples one after another.
 *
 * @module
 */
import type { StateFunction } from "../../src/graph/stepper.ts";
import type { Action, Contribution, Program, Resource, Side } from "../../src/tape/program.ts";

/** What an application gives: its state, and the inner results that its adjoint reads. */
export interface Forwarded {
  readonly state: Float64Array;
  readonly activations: readonly Float64Array[];
}

/** What the adjoint of an application reads. */
export interface AdjointReads extends Forwarded {
  readonly inputs: readonly Float64Array[];
  readonly stateBar: Float64Array;
  readonly parameters: Float64Array;
}

/** A state function in float64. */
export interface FunctionTwin {
  forward(inputs: readonly Float64Array[], parameters: Float64Array): Forwarded;
  /** The cotangents of the inputs, all of them, and of the parameters. */
  adjoint(
    reads: AdjointReads,
  ): { readonly inputBars: readonly Float64Array[]; readonly parametersBar: Float64Array };
}

/** A loss in float64: one number for each sample, and what it gives back to its sides. */
export interface LossTwin {
  forward(prediction: Float64Array, target: Float64Array | null, batch: number): Float64Array;
  /** The cotangents of both sides for a cotangent of 1 of each sample's number. */
  adjoint(
    prediction: Float64Array,
    target: Float64Array | null,
    batch: number,
  ): { readonly predictionBar: Float64Array; readonly targetBar: Float64Array };
}

/** What a program runs on. */
export interface Bench {
  readonly functions: ReadonlyMap<StateFunction, FunctionTwin>;
  /** By the name of the loss. */
  readonly losses: Readonly<Record<string, LossTwin>>;
  readonly parameters: Float64Array;
  /** Snapshot t of all windows, [B * N]. */
  snapshot(t: number): Float64Array;
  /** B, the number of windows. */
  readonly batch: number;
  /** The slots that resources of each kind lie in; default: one for each. */
  slotOf?(action: Action, what: Resource, state: number): number;
  /** The slot that an application writes its activations to when they are not kept; it must be free then. */
  scratchOf?(action: Action): number;
}

/** What a program gives. */
export interface Evaluation {
  readonly loss: number;
  /** The loss of each term over the batch, without its weight. */
  readonly terms: Float64Array;
  /** The gradient by the parameters; zeros where the program has none. */
  readonly gradient: Float64Array;
}

/** Slots that know whose they are: what was freed, taken by another or never written cannot be read. */
class Memory {
  readonly #held = new Map<string, { readonly owner: string; value: unknown }>();
  readonly #slotOf: NonNullable<Bench["slotOf"]>;
  /** The action that runs. */
  action: Action | null = null;

  constructor(slotOf: NonNullable<Bench["slotOf"]> = (_action, _what, state) => state) {
    this.#slotOf = slotOf;
  }

  write(what: Resource, state: number, value: unknown): void {
    const { owner, slot } = this.#place(what, state);
    this.requireFree(slot);
    this.#held.set(slot, { owner, value });
  }

  requireFree(slot: string): void {
    const held = this.#held.get(slot);
    if (held) throw new Error(`Cannot write ${slot} as it must be free: current owner is ${held.owner}`);
  }

  read<T>(what: Resource, state: number): T {
    const { owner, slot } = this.#place(what, state);
    const held = this.#held.get(slot);
    if (held?.owner !== owner) {
      throw new Error(`Cannot read ${owner} as it must be held: current owner of ${slot} is ${held?.owner}`);
    }
    return held.value as T;
  }

  free(what: Resource, state: number): void {
    this.read(what, state);
    this.#held.delete(this.#place(what, state).slot);
  }

  get owners(): string[] {
    return [...this.#held.values()].map(({ owner }) => owner);
  }

  #place(what: Resource, state: number): { owner: string; slot: string } {
    return { owner: `${what} ${state}`, slot: `${what} slot ${this.#slotOf(this.action!, what, state)}` };
  }
}

/**
 * Runs a program.
 *
 * @throws {Error} when an action reads what is not held, writes over what is held, or something is held in the end
 */
export function interpret(program: Program, bench: Bench): Evaluation {
  const memory = new Memory(bench.slotOf && ((action, what, state) => bench.slotOf!(action, what, state)));
  const terms = new Float64Array(program.losses.length).fill(NaN);
  const gradient = new Float64Array(bench.parameters.length);
  let gradientIsSet = false;
  const weights = new Float64Array(program.losses.length);

  const states = (numbers: readonly number[]) => numbers.map((s) => memory.read<Float64Array>("state", s));
  const read = (side: Side) =>
    side.kind === "state" ? memory.read<Float64Array>("state", side.state) : bench.snapshot(side.time);
  const contribute = (c: Contribution | null, value: Float64Array) => {
    if (c === null) return;
    if (!c.adds) memory.write("cotangent", c.state, Float64Array.from(value));
    else {
      const sum = memory.read<Float64Array>("cotangent", c.state);
      for (let i = 0; i < sum.length; i++) sum[i]! += value[i]!;
    }
  };
  const twinOf = (f: number) => {
    const twin = bench.functions.get(program.functions[f]!);
    if (!twin) throw new Error(`Cannot run f${f} as it must have a twin: current twin is undefined`);
    return twin;
  };

  const run = (action: Action): void => {
    memory.action = action;
    switch (action.kind) {
      case "load":
        return memory.write("state", action.state, bench.snapshot(action.time));
      case "forward": {
        const { state, activations } = twinOf(action.f).forward(states(action.inputs), bench.parameters);
        memory.write("state", action.state, state);
        if (action.keeps) memory.write("activations", action.state, activations);
        else if (bench.scratchOf) memory.requireFree(`activations slot ${bench.scratchOf(action)}`);
        return;
      }
      case "recompute": {
        const { activations } = twinOf(action.f).forward(states(action.inputs), bench.parameters);
        return memory.write("activations", action.state, activations);
      }
      case "loss": {
        const { batchReduction, name } = program.losses[action.term]!;
        const twin = bench.losses[name]!;
        const prediction = read(action.prediction);
        const target = action.target && read(action.target);
        const perSample = batchReduction === "mean" ? 1 / bench.batch : 1;
        const samples = twin.forward(prediction, target, bench.batch);
        const term = perSample * samples.reduce((a, b) => a + b, 0);
        if (!Number.isNaN(terms[action.term])) throw new Error(`Cannot add term ${action.term} twice`);
        terms[action.term] = term;
        weights[action.term] = action.weight;
        if (action.predictionBar || action.targetBar) {
          const bars = twin.adjoint(prediction, target, bench.batch);
          contribute(action.predictionBar, times(action.weight * perSample, bars.predictionBar));
          contribute(action.targetBar, times(action.weight * perSample, bars.targetBar));
        }
        return;
      }
      case "adjoint": {
        const [state] = states([action.state]);
        const activations = memory.read<Float64Array[]>("activations", action.state);
        const stateBar = memory.read<Float64Array>("cotangent", action.state);
        const { inputBars, parametersBar } = twinOf(action.f).adjoint({
          inputs: states(action.inputs),
          state: state!,
          activations,
          stateBar,
          parameters: bench.parameters,
        });
        action.inputBars.forEach((c, i) => contribute(c, inputBars[i]!));
        if (action.parametersAdd === null) return;
        if (action.parametersAdd !== gradientIsSet) {
          throw new Error("Cannot add to a gradient that is not set");
        }
        gradientIsSet = true;
        parametersBar.forEach((x, i) => gradient[i]! += x);
        return;
      }
      case "free":
        return memory.free(action.what, action.state);
    }
  };
  program.actions.forEach(run);
  if (memory.owners.length > 0) throw new Error(`Cannot end as nothing must be held: ${memory.owners}`);
  const loss = terms.reduce((sum, term, i) => sum + weights[i]! * term, 0);
  return { loss, terms, gradient };
}

/** Mean squared error, mean_n (p[n] - r[n])^2 of each sample; r is 0 where it is left out. */
export const MSE_TWIN: LossTwin = {
  forward(p, r, batch) {
    const n = p.length / batch;
    const means = new Float64Array(batch);
    for (let b = 0; b < batch; b++) {
      let sum = 0;
      for (let i = b * n; i < (b + 1) * n; i++) sum += (p[i]! - (r ? r[i]! : 0)) ** 2;
      means[b] = sum / n;
    }
    return means;
  },
  adjoint(p, r, batch) {
    const n = p.length / batch;
    const predictionBar = new Float64Array(p.length);
    for (let i = 0; i < p.length; i++) predictionBar[i] = 2 * (p[i]! - (r ? r[i]! : 0)) / n;
    return { predictionBar, targetBar: times(-1, predictionBar) };
  },
};

/** A number times a vector. */
export function times(factor: number, x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) y[i] = factor * x[i]!;
  return y;
}
