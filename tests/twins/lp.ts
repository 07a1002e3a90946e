/**
 * lp in float64, one sample: the root of the mean of powers of |p - r|; r is 0 where it is left out. rmse is lp(2).
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const errors = ({ p, r }: Tensors): Float64Array => r ? p!.map((x, i) => x - r[i]!) : p!;
const mean = (x: Float64Array): number => x.reduce((sum, a) => sum + a, 0) / x.length;

/** lp of an order. Where p equals r its slope is taken as 0. */
export function lp(order: number) {
  const norm = (e: Float64Array) => mean(e.map((a) => Math.abs(a) ** order)) ** (1 / order);
  const slopes = (e: Float64Array) => {
    const v = norm(e);
    return e.map((a) => v === 0 ? 0 : Math.sign(a) * (Math.abs(a) / v) ** (order - 1) / e.length);
  };
  return {
    forward: (x: Tensors): Float64Array => Float64Array.of(norm(errors(x))),
    adjointP: (x: Tensors, vBar: Float64Array): Float64Array => slopes(errors(x)).map((a) => vBar[0]! * a),
    adjointR: (x: Tensors, vBar: Float64Array): Float64Array => slopes(errors(x)).map((a) => -vBar[0]! * a),
    /** J x' for a change of either side. */
    tangent(x: Tensors, change: Tensors): Float64Array {
      const moved = slopes(errors(x)).map((a, i) => a * ((change.p?.[i] ?? 0) - (change.r?.[i] ?? 0)));
      return Float64Array.of(moved.reduce((sum, a) => sum + a, 0));
    },
  };
}
