/**
 * mse in float64, one sample: the mean of squares of p - r; r is 0 where it is left out.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const errors = ({ p, r }: Tensors): Float64Array => r ? p!.map((x, i) => x - r[i]!) : p!;

/** mse. */
export const mse = {
  forward(x: Tensors): Float64Array {
    const e = errors(x);
    return Float64Array.of(e.reduce((sum, a) => sum + a * a, 0) / e.length);
  },
  adjointP(x: Tensors, vBar: Float64Array): Float64Array {
    const e = errors(x);
    return e.map((a) => vBar[0]! * a / (e.length / 2));
  },
  adjointR(x: Tensors, vBar: Float64Array): Float64Array {
    return mse.adjointP(x, vBar).map((bar) => -bar);
  },
  /** J x' for a change of either side. */
  tangent(x: Tensors, change: Tensors): Float64Array {
    const e = errors(x);
    const moved = e.map((a, i) => a * ((change.p?.[i] ?? 0) - (change.r?.[i] ?? 0)));
    return Float64Array.of(2 * moved.reduce((sum, a) => sum + a, 0) / e.length);
  },
};
