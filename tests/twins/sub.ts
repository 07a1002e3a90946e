/**
 * sub in float64, element by element: v = a - b.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const ZEROS = (like: Float64Array): Float64Array => new Float64Array(like.length);

/** sub. */
export const sub = {
  forward: ({ a, b }: Tensors): Float64Array => a!.map((x, i) => x - b![i]!),
  adjointA: (_: Tensors, vBar: Float64Array): Float64Array => Float64Array.from(vBar),
  adjointB: (_: Tensors, vBar: Float64Array): Float64Array => vBar.map((bar) => -bar),
  /** J x' for a change of either input. */
  tangent({ a }: Tensors, change: Tensors): Float64Array {
    const { a: da = ZEROS(a!), b: db = ZEROS(a!) } = change;
    return da.map((x, i) => x - db[i]!);
  },
};
