/**
 * tanh in float64, element by element: tanh(u), whose slope is 1 / cosh(u)^2.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const value = (u: number): number => Math.tanh(u);
const slope = (u: number): number => 1 / Math.cosh(u) ** 2;

/** tanh. */
export const tanh = {
  forward: ({ u }: Tensors): Float64Array => u!.map(value),
  adjointU: ({ u }: Tensors, vBar: Float64Array): Float64Array => vBar.map((bar, i) => bar * slope(u![i]!)),
  /** J u'. */
  tangent: ({ u }: Tensors, change: Tensors): Float64Array => change.u!.map((x, i) => x * slope(u![i]!)),
};
