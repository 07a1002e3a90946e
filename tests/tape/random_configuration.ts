/**
 * Configurations made at random, run in two ways: by a program in reverse mode, and while they are recorded in forward
 * mode. The two share no rule: a stop-gradient of the second drops a tangent.
 *
 * @module
 */
import fc from "fast-check";
import type { Loss } from "../../src/graph/loss.ts";
import { defineStepper, type StateFunction, type Stepper } from "../../src/graph/stepper.ts";
import type { Var } from "../../src/graph/var.ts";
import { mse } from "../../src/losses/mse.ts";
import { NdArray } from "../../src/ndarray.ts";
import { sub, tanh } from "../../src/ops/mod.ts";
import { Configuration, type Parts } from "../../src/tape/configuration.ts";
import type { State, Tape } from "../../src/tape/tape.ts";
import { type Bench, type FunctionTwin, MSE_TWIN } from "../twins/interpreter.ts";

/** How often and from where the random tests of this folder draw. */
export const DRAWS: { readonly seed: number; readonly numRuns: number } = { seed: 20250101, numRuns: 300 };

/** How many snapshots there are. */
const NUM_SNAPSHOTS = 4;
/** N, the number of points. */
const N = 3;

/** The trained function, v[i] = tanh(w0 u[i] + w1 u[i + 1]). */
export const TRAINED: Stepper = defineStepper({
  name: "f",
  parameters: { w: new NdArray([0.7, -0.4]) },
  forward: (u) => tanh({ u }),
}) as unknown as Stepper;

/** v = a b, element by element. */
const product: StateFunction = function product(a: Var, b: Var): Var {
  return sub({ a, b });
};

/** v = sin(u). */
const sine: StateFunction = function sine(u: Var): Var {
  return tanh({ u });
};

/** One line of a random configuration; numbers pick one of the states so far. */
export type Line =
  | { readonly kind: "snapshot"; readonly t: number }
  | { readonly kind: "apply"; readonly f: 0 | 1 | 2; readonly first: number; readonly second: number }
  | { readonly kind: "stop"; readonly state: number }
  | {
    readonly kind: "loss";
    readonly prediction: number;
    readonly target: number | null;
    readonly weight: number;
  };

/** A configuration that records its lines. */
export class RandomConfiguration extends Configuration {
  readonly name = "RandomConfiguration";
  readonly numSnapshots = NUM_SNAPSHOTS;
  readonly lines: readonly Line[];

  constructor(lines: readonly Line[]) {
    super();
    this.lines = lines;
  }

  record(tape: Tape, { stepper }: Parts): void {
    const states = [tape.apply(stepper, tape.snapshot(0))];
    const at = (pick: number) => states[pick % states.length]!;
    for (const line of this.lines) {
      if (line.kind === "snapshot") states.push(tape.snapshot(line.t));
      else if (line.kind === "stop") states.push(tape.stopGradient(at(line.state)));
      else if (line.kind === "apply") {
        const first = at(line.first);
        states.push(
          line.f === 2
            ? tape.apply(product, first, at(line.second))
            : tape.apply(line.f === 1 ? sine : stepper, first),
        );
      } else {
        const target = line.target === null ? undefined : at(line.target);
        tape.loss(LOSS, at(line.prediction), target, line.weight);
      }
    }
    tape.loss(LOSS, states.at(-1)!);
  }
}

const LOSS: Loss = mse();

const pick = fc.nat({ max: 30 });
const line: fc.Arbitrary<Line> = fc.oneof(
  fc.record({ kind: fc.constant("snapshot" as const), t: fc.nat({ max: NUM_SNAPSHOTS - 1 }) }),
  fc.record({
    kind: fc.constant("apply" as const),
    f: fc.constantFrom(0 as const, 0 as const, 1 as const, 2 as const),
    first: pick,
    second: pick,
  }),
  fc.record({ kind: fc.constant("stop" as const), state: pick }),
  fc.record({
    kind: fc.constant("loss" as const),
    prediction: pick,
    target: fc.option(pick),
    weight: fc.constantFrom(1, 0.5, -2, 0),
  }),
);

/** Random configurations. */
export const configurations: fc.Arbitrary<RandomConfiguration> = fc.array(line, { maxLength: 14 }).map((
  lines,
) => new RandomConfiguration(lines));

/** The parameters that random configurations are evaluated at. */
export const WEIGHTS: Float64Array = Float64Array.of(0.7, -0.4);

/** Snapshot t, one sample. */
export function snapshot(t: number): Float64Array {
  return Float64Array.from({ length: N }, (_, i) => 0.9 * Math.cos(1.3 * t + 2.1 * i) - 0.2 * t);
}

const next = (i: number) => (i + 1) % N;

const trainedTwin: FunctionTwin = {
  forward([u], w) {
    const inner = u!.map((x, i) => w[0]! * x + w[1]! * u![next(i)]!);
    return { state: inner.map(Math.tanh), activations: [inner] };
  },
  adjoint({ inputs: [u], activations: [inner], stateBar, parameters: w }) {
    const uBar = new Float64Array(N);
    const parametersBar = new Float64Array(2);
    inner!.forEach((x, i) => {
      const xBar = stateBar[i]! / Math.cosh(x) ** 2;
      uBar[i]! += w[0]! * xBar;
      uBar[next(i)]! += w[1]! * xBar;
      parametersBar[0]! += xBar * u![i]!;
      parametersBar[1]! += xBar * u![next(i)]!;
    });
    return { inputBars: [uBar], parametersBar };
  },
};

const productTwin: FunctionTwin = {
  forward: ([a, b]) => ({ state: a!.map((x, i) => x * b![i]!), activations: [] }),
  adjoint: ({ inputs: [a, b], stateBar }) => ({
    inputBars: [stateBar.map((x, i) => x * b![i]!), stateBar.map((x, i) => x * a![i]!)],
    parametersBar: new Float64Array(),
  }),
};

const sineTwin: FunctionTwin = {
  forward: ([u]) => ({ state: u!.map(Math.sin), activations: [] }),
  adjoint: ({ inputs: [u], stateBar }) => ({
    inputBars: [stateBar.map((x, i) => x * Math.cos(u![i]!))],
    parametersBar: new Float64Array(),
  }),
};

/** What the interpreter runs random configurations on. */
export const BENCH: Bench = {
  functions: new Map<StateFunction, FunctionTwin>([[TRAINED, trainedTwin], [product, productTwin], [
    sine,
    sineTwin,
  ]]),
  losses: { mse: MSE_TWIN },
  parameters: WEIGHTS,
  batch: 1,
  snapshot,
};

/** A state and its derivatives by the two parameters. */
interface Dual {
  readonly value: Float64Array;
  readonly tangents: readonly [Float64Array, Float64Array];
}

/** A tape that evaluates at once, in forward mode. */
export class EagerTape implements Tape {
  total = 0;
  readonly gradient: Float64Array = new Float64Array(2);
  readonly #duals: Dual[] = [];

  snapshot(t: number): State {
    return this.#add(snapshot(t), () => 0);
  }

  apply(f: StateFunction, ...states: State[]): State {
    const [a, b] = states.map((s) => this.#duals[s.value]!);
    if (f === sine) {
      return this.#add(a!.value.map(Math.sin), (i, p) => Math.cos(a!.value[i]!) * a!.tangents[p]![i]!);
    }
    if (f === product) {
      return this.#add(
        a!.value.map((x, i) => x * b!.value[i]!),
        (i, p) => a!.tangents[p]![i]! * b!.value[i]! + a!.value[i]! * b!.tangents[p]![i]!,
      );
    }
    const [u, w] = [a!.value, WEIGHTS];
    const v = u.map((x, i) => Math.tanh(w[0]! * x + w[1]! * u[next(i)]!));
    return this.#add(v, (i, p) => {
      const du = a!.tangents[p]!;
      return (1 - v[i]! ** 2) * (w[0]! * du[i]! + w[1]! * du[next(i)]! + u[p === 0 ? i : next(i)]!);
    });
  }

  stopGradient(state: State): State {
    return this.#add(this.#duals[state.value]!.value, () => 0);
  }

  loss(_: Loss, prediction: State, target?: State, weight = 1): void {
    const p = this.#duals[prediction.value]!;
    const r = target && this.#duals[target.value]!;
    p.value.forEach((x, i) => {
      const e = x - (r?.value[i] ?? 0);
      this.total += weight * e * e / N;
      this.gradient.forEach((_, w) => {
        const de = p.tangents[w]![i]! - (r?.tangents[w]?.[i] ?? 0);
        this.gradient[w]! += weight * 2 * e * de / N;
      });
    });
  }

  #add(value: Float64Array, tangent: (i: number, p: number) => number): State {
    const tangentBy = (p: number) => value.map((_, i) => tangent(i, p));
    return { value: this.#duals.push({ value, tangents: [tangentBy(0), tangentBy(1)] }) - 1, flows: true };
  }
}
