/**
 * Arithmetic in float64, element by element.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** The twin of a function of u and its slope. */
function unary(value: (u: number) => number, slope: (u: number) => number) {
  return {
    forward: ({ u }: Tensors): Float64Array => u!.map((x) => value(x)),
    adjointU: ({ u }: Tensors, vBar: Float64Array): Float64Array => vBar.map((bar, i) => bar * slope(u![i]!)),
    /** J u'. */
    tangent: ({ u }: Tensors, change: Tensors): Float64Array => change.u!.map((x, i) => x * slope(u![i]!)),
  };
}

type Of2 = (a: number, b: number) => number;

/** The twin of a function of a and b, and its slopes in both. */
function binary(value: Of2, slopeA: Of2, slopeB: Of2) {
  const map = (f: Of2, { a, b }: Tensors, factor: Float64Array | undefined) =>
    a!.map((x, i) => factor ? factor[i]! * f(x, b![i]!) : 0);
  return {
    forward: ({ a, b }: Tensors): Float64Array => a!.map((x, i) => value(x, b![i]!)),
    adjointA: (x: Tensors, vBar: Float64Array): Float64Array => map(slopeA, x, vBar),
    adjointB: (x: Tensors, vBar: Float64Array): Float64Array => map(slopeB, x, vBar),
    /** J x' for a change of either input. */
    tangent(x: Tensors, change: Tensors): Float64Array {
      const byB = map(slopeB, x, change.b);
      return map(slopeA, x, change.a).map((y, i) => y + byB[i]!);
    },
  };
}

/** v = a b. */
export const mul = binary((a, b) => a * b, (_, b) => b, (a) => a);

/** v = a / b. */
export const div = binary((a, b) => a / b, (_, b) => 1 / b, (a, b) => -a / b ** 2);

/** v = u^2. */
export const square = unary((u) => u ** 2, (u) => 2 * u);

/** v = u^(1/2). */
export const sqrt = unary((u) => Math.sqrt(u), (u) => 1 / (2 * Math.sqrt(u)));

/** v = |u|, with slope 0 at 0; a NaN has the slope NaN. */
export const abs = unary((u) => Math.abs(u), (u) => Math.sign(u));

/** v = u^exponent, which the op rounds to float32. */
export const pow = (exponent: number) => {
  const p = Math.fround(exponent);
  return unary((u) => u ** p, (u) => p === 0 ? 0 : p * u ** (p - 1));
};
