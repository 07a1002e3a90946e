/**
 * relu in float64, element by element: max(u, 0), with slope 0 at 0; a NaN stays a NaN.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const value = (u: number): number => Math.max(u, 0);
const slope = (u: number): number => u > 0 ? 1 : 0;

/** relu. */
export const relu = {
  forward: ({ u }: Tensors): Float64Array => u!.map(value),
  adjointU: ({ u }: Tensors, vBar: Float64Array): Float64Array => vBar.map((bar, i) => bar * slope(u![i]!)),
  /** J u'. */
  tangent: ({ u }: Tensors, change: Tensors): Float64Array => change.u!.map((x, i) => x * slope(u![i]!)),
};
