/**
 * Group norm with one group in float64, one sample, and the reductions that it is made of.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

const sum = (x: Float64Array): number => x.reduce((s, a) => s + a, 0);
const average = (x: Float64Array): number => sum(x) / x.length;
const zeros = (like: Float64Array): Float64Array => new Float64Array(like.length);

/** v = the mean of u. */
export const mean = {
  forward: ({ u }: Tensors): Float64Array => Float64Array.of(average(u!)),
  adjointU: ({ u }: Tensors, vBar: Float64Array): Float64Array => u!.map(() => vBar[0]! / u!.length),
  /** J u'. */
  tangent: (_: Tensors, change: Tensors): Float64Array => Float64Array.of(average(change.u!)),
};

/** v = the mean of (u - mean)^2, for a mean that is given. */
export const variance = {
  forward: ({ u, mean }: Tensors): Float64Array =>
    Float64Array.of(average(u!.map((x) => (x - mean![0]!) ** 2))),
  adjointU: ({ u, mean }: Tensors, vBar: Float64Array): Float64Array =>
    u!.map((x) => vBar[0]! * (x - mean![0]!) / (u!.length / 2)),
  adjointMean: ({ u, mean }: Tensors, vBar: Float64Array): Float64Array =>
    Float64Array.of(vBar[0]! * 2 * (mean![0]! - average(u!))),
  /** J x' for a change of either input. */
  tangent({ u, mean }: Tensors, { u: du = zeros(u!), mean: dm = zeros(mean!) }: Tensors): Float64Array {
    return Float64Array.of(2 * average(u!.map((x, i) => (x - mean![0]!) * (du[i]! - dm[0]!))));
  },
};

/** v = w (u - mean) / sqrt(variance + eps) + b, n elements a channel; w is 1 and b 0 where they are left out. */
export function normalize(n: number, eps: number) {
  const rate = (variance: Float64Array) => (variance[0]! + Math.fround(eps)) ** -0.5;
  const of = (w: Float64Array | undefined, i: number, otherwise: number) =>
    w ? w[Math.floor(i / n)]! : otherwise;
  const perChannel = (x: Float64Array) =>
    Float64Array.from({ length: x.length / n }, (_, c) => sum(x.subarray(c * n, (c + 1) * n)));
  return {
    forward: ({ u, mean, variance, w, b }: Tensors): Float64Array =>
      u!.map((x, i) => of(w, i, 1) * (x - mean![0]!) * rate(variance!) + of(b, i, 0)),
    adjointU: ({ variance, w }: Tensors, vBar: Float64Array): Float64Array =>
      vBar.map((bar, i) => bar * of(w, i, 1) * rate(variance!)),
    adjointMean: ({ variance, w }: Tensors, vBar: Float64Array): Float64Array =>
      Float64Array.of(-sum(vBar.map((bar, i) => bar * of(w, i, 1))) * rate(variance!)),
    adjointVariance: ({ u, mean, variance, w }: Tensors, vBar: Float64Array): Float64Array =>
      Float64Array.of(
        -0.5 * rate(variance!) ** 3 * sum(vBar.map((bar, i) => bar * of(w, i, 1) * (u![i]! - mean![0]!))),
      ),
    adjointW: ({ u, mean, variance }: Tensors, vBar: Float64Array): Float64Array =>
      perChannel(vBar.map((bar, i) => bar * (u![i]! - mean![0]!) * rate(variance!))),
    adjointB: (_: Tensors, vBar: Float64Array): Float64Array => perChannel(vBar),
    /** J x' for a change of any input. */
    tangent({ u, mean, variance, w }: Tensors, d: Tensors): Float64Array {
      const r = rate(variance!);
      const dRate = d.variance ? -0.5 * r ** 3 * d.variance[0]! : 0;
      return u!.map((x, i) => {
        const centered = x - mean![0]!;
        const dCentered = (d.u?.[i] ?? 0) - (d.mean?.[0] ?? 0);
        return of(w, i, 1) * (dCentered * r + centered * dRate) + of(d.w, i, 0) * centered * r +
          of(d.b, i, 0);
      });
    },
  };
}

/** Group norm of [c, n], by the formulas of the whole: nothing is shared with the ops that it is made of. */
export function groupNorm(n: number, eps: number) {
  const at = (w: Float64Array | undefined, i: number, otherwise: number) =>
    w ? w[Math.floor(i / n)]! : otherwise;
  /** x^ = (u - mean) / deviation. */
  const hat = (u: Float64Array) => {
    const center = average(u);
    const deviation = Math.sqrt(average(u.map((x) => (x - center) ** 2)) + Math.fround(eps));
    return { x: u.map((y) => (y - center) / deviation), deviation };
  };
  /** What a change of u, or a cotangent of x^, is to the other: the Jacobian is symmetric. */
  const through = (u: Float64Array, change: Float64Array) => {
    const { x, deviation } = hat(u);
    const along = average(change.map((y, i) => y * x[i]!));
    const center = average(change);
    return change.map((y, i) => (y - center - x[i]! * along) / deviation);
  };
  const perChannel = (x: Float64Array) =>
    Float64Array.from({ length: x.length / n }, (_, c) => sum(x.subarray(c * n, (c + 1) * n)));
  return {
    forward: ({ u, w, b }: Tensors): Float64Array => hat(u!).x.map((x, i) => at(w, i, 1) * x + at(b, i, 0)),
    adjointU: ({ u, w }: Tensors, vBar: Float64Array): Float64Array =>
      through(u!, vBar.map((bar, i) => bar * at(w, i, 1))),
    adjointW: ({ u }: Tensors, vBar: Float64Array): Float64Array =>
      perChannel(hat(u!).x.map((x, i) => x * vBar[i]!)),
    adjointB: (_: Tensors, vBar: Float64Array): Float64Array => perChannel(vBar),
    /** J x' for a change of any input. */
    tangent({ u, w }: Tensors, d: Tensors): Float64Array {
      const { x } = hat(u!);
      const moved = d.u ? through(u!, d.u) : zeros(u!);
      return moved.map((y, i) => at(w, i, 1) * y + at(d.w, i, 0) * x[i]! + at(d.b, i, 0));
    },
  };
}
