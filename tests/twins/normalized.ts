/**
 * normalizedMse and normalizedMae in float64, one sample: a quotient of two means, of a function of p - r and of r.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const mean = (x: Float64Array): number => x.reduce((sum, a) => sum + a, 0) / x.length;

/** The quotient for a function and its derivative. */
function normalized(value: (x: number) => number, slope: (x: number) => number) {
  const parts = ({ p, r }: Tensors) => {
    const e = p!.map((x, i) => x - r![i]!);
    return { e, above: mean(e.map(value)), below: mean(r!.map(value)) };
  };
  return {
    forward(x: Tensors): Float64Array {
      const { above, below } = parts(x);
      return Float64Array.of(above / below);
    },
    adjointP(x: Tensors, vBar: Float64Array): Float64Array {
      const { e, below } = parts(x);
      return e.map((a) => vBar[0]! * slope(a) / (e.length * below));
    },
    adjointR(x: Tensors, vBar: Float64Array): Float64Array {
      const { e, above, below } = parts(x);
      return x.r!.map((b, i) =>
        -vBar[0]! * (slope(e[i]!) * below + above * slope(b)) / (e.length * below ** 2)
      );
    },
    /** J x' for a change of either side, by the rule for quotients. */
    tangent(x: Tensors, change: Tensors): Float64Array {
      const { e, above, below } = parts(x);
      const moved = mean(e.map((a, i) => slope(a) * ((change.p?.[i] ?? 0) - (change.r?.[i] ?? 0))));
      const scaled = mean(x.r!.map((b, i) => slope(b) * (change.r?.[i] ?? 0)));
      return Float64Array.of((moved * below - above * scaled) / below ** 2);
    },
  };
}

/** normalizedMse. */
export const normalizedMse = normalized((x) => x * x, (x) => 2 * x);

/** normalizedMae. */
export const normalizedMae = normalized(Math.abs, Math.sign);
