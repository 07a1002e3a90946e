/**
 * What a float64 twin of a function is, how twins are composed, and how a twin is checked by itself.
 *
 * @module
 */
import { assert } from "@std/assert";
import { numbers } from "./use.ts";

/** Tensors by name, flat. */
export type Tensors = Readonly<Record<string, Float64Array>>;

/** A function of one sample in float64, with `adjointX` for each input x. */
export interface Twin {
  forward(x: Tensors): Float64Array;
  /** J x', with x' = 0 where it is left out. */
  tangent(x: Tensors, change: Tensors): Float64Array;
  [adjoint: `adjoint${string}`]: (x: Tensors, vBar: Float64Array) => Float64Array;
}

/** The cotangent of an input. */
export function barOf(twin: Twin, input: string, x: Tensors, vBar: Float64Array): Float64Array {
  return twin[`adjoint${input[0]!.toUpperCase()}${input.slice(1)}`]!(x, vBar);
}

/** Functions of one input u after a function: `last(... next(first))`. */
export function chain(inputs: readonly string[], first: Twin, ...rest: readonly Twin[]): Twin {
  const values = (x: Tensors) => {
    const results = [first.forward(x)];
    for (const f of rest) results.push(f.forward({ u: results.at(-1)! }));
    return results;
  };
  const whole: Twin = {
    forward: (x) => values(x).at(-1)!,
    tangent(x, change) {
      const results = values(x);
      return rest.reduce((du, f, i) => f.tangent({ u: results[i]! }, { u: du }), first.tangent(x, change));
    },
  };
  for (const input of inputs) {
    whole[`adjoint${input[0]!.toUpperCase()}${input.slice(1)}`] = (x, vBar) => {
      const results = values(x);
      const bar = rest.reduceRight((vBar, f, i) => f.adjointU!({ u: results[i]! }, vBar), vBar);
      return barOf(first, input, x, bar);
    };
  }
  return whole;
}

/** Sum of products. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Asserts that the tangent of a twin is the central difference of its values, and each adjoint its transpose. Keep
 * inputs off kinks by `point`.
 */
export function assertTwin(
  name: string,
  twin: Twin,
  sizes: Readonly<Record<string, number>>,
  point: (x: number) => number = (x) => x,
): void {
  const random = numbers(7);
  const draw = (size: number) => Float64Array.from({ length: size }, random);
  const x: Tensors = Object.fromEntries(Object.entries(sizes).map(([n, size]) => [n, draw(size).map(point)]));
  const vBar = draw(twin.forward(x).length);
  const STEP = 1e-5;
  for (const [input, size] of Object.entries(sizes)) {
    const change = draw(size);
    const moved = (h: number) =>
      twin.forward({ ...x, [input]: x[input]!.map((value, i) => value + h * change[i]!) });
    const [up, down] = [moved(STEP), moved(-STEP)];
    const tangent = twin.tangent(x, { [input]: change });
    tangent.forEach((t, i) => {
      const difference = (up[i]! - down[i]!) / (2 * STEP);
      assert(
        Math.abs(t - difference) < 1e-8,
        `${name}: J ${input}'[${i}] is ${t}, differences say ${difference}`,
      );
    });
    const [there, back] = [dot(vBar, tangent), dot(barOf(twin, input, x, vBar), change)];
    assert(Math.abs(there - back) < 1e-12 * size, `${name}: <vBar, J ${input}'> is ${there}, not ${back}`);
  }
}
