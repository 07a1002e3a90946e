/**
 * scale in float64, element by element: v = factor * u.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** scale by a factor, which the op rounds to float32. */
export function scale(factor: number) {
  const times = (x: Float64Array): Float64Array => x.map((a) => Math.fround(factor) * a);
  return {
    forward: ({ u }: Tensors): Float64Array => times(u!),
    adjointU: (_: Tensors, vBar: Float64Array): Float64Array => times(vBar),
    /** J u'. */
    tangent: (_: Tensors, change: Tensors): Float64Array => times(change.u!),
  };
}
