/**
 * mae in float64, one sample: the mean of absolute values of p - r; r is 0 where it is left out.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const errors = ({ p, r }: Tensors): Float64Array => r ? p!.map((x, i) => x - r[i]!) : p!;
const mean = (x: Float64Array): number => x.reduce((sum, a) => sum + a, 0) / x.length;

/** mae. */
export const mae = {
  forward: (x: Tensors): Float64Array => Float64Array.of(mean(errors(x).map(Math.abs))),
  adjointP(x: Tensors, vBar: Float64Array): Float64Array {
    const e = errors(x);
    return e.map((a) => vBar[0]! * Math.sign(a) / e.length);
  },
  adjointR: (x: Tensors, vBar: Float64Array): Float64Array => mae.adjointP(x, vBar).map((bar) => -bar),
  /** J x' for a change of either side. */
  tangent(x: Tensors, change: Tensors): Float64Array {
    return Float64Array.of(
      mean(errors(x).map((a, i) => Math.sign(a) * ((change.p?.[i] ?? 0) - (change.r?.[i] ?? 0)))),
    );
  },
};
