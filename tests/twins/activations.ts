/**
 * Activations in float64, element by element: a function and its slope at u. A NaN stays a NaN.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** The twin of a function and its slope. */
function pointwise(value: (u: number) => number, slope: (u: number) => number) {
  return {
    forward: ({ u }: Tensors): Float64Array => u!.map((x) => value(x)),
    adjointU: ({ u }: Tensors, vBar: Float64Array): Float64Array => vBar.map((bar, i) => bar * slope(u![i]!)),
    /** J u'. */
    tangent: ({ u }: Tensors, change: Tensors): Float64Array => change.u!.map((x, i) => x * slope(u![i]!)),
  };
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** 1 / (1 + e^-x), without overflow. */
const logistic = (x: number): number => x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));

/** The density of the normal distribution. */
const density = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

/**
 * The distribution function of the normal distribution at -a, a >= 0: up to 3 by the series of products
 * P(a) - 1/2 = density(a) (a + a^3/3 + a^5/(3 5) + ...), beyond by the continued fraction of Laplace,
 * density(a) / (a + 1 / (a + 2 / (a + ...))).
 */
function tail(a: number): number {
  if (a > 3) {
    let denominator = a;
    for (let k = 200; k > 0; k--) denominator = a + k / denominator;
    return density(a) / denominator;
  }
  let [sum, term] = [0, a];
  for (let k = 1; k < 100; k++) {
    sum += term;
    term *= a * a / (2 * k + 1);
  }
  return 0.5 - density(a) * sum;
}

/** The distribution function of the normal distribution. */
const normal = (x: number): number => x < 0 ? tail(-x) : 1 - tail(x);

const inner = (x: number): number => SQRT_2_OVER_PI * (x + 0.044715 * x ** 3);

/** v = u. */
export const identity = pointwise((u) => u, () => 1);

/** v = u, or slope * u below 0; the op rounds the slope to float32. */
export const leakyRelu = (negativeSlope: number) =>
  pointwise(
    (u) => u < 0 ? Math.fround(negativeSlope) * u : u,
    (u) => u >= 0 ? 1 : Math.fround(negativeSlope),
  );

/** v = 1 / (1 + e^-u). */
export const sigmoid = pointwise(logistic, (u) => logistic(u) * logistic(-u));

/** v = u / (1 + e^-u). */
export const silu = pointwise((u) => u * logistic(u), (u) => logistic(u) * (1 + u * logistic(-u)));

/** v = log(1 + e^u). */
export const softplus = pointwise(
  (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u))),
  logistic,
);

/** v = u P(u), P of the normal distribution. */
export const geluExact = pointwise((u) => u * normal(u), (u) => normal(u) + u * density(u));

/** v = u (1 + tanh z(u)) / 2. */
export const geluTanh = pointwise(
  (u) => u * logistic(2 * inner(u)),
  (u) => {
    const p = logistic(2 * inner(u));
    const zPrime = SQRT_2_OVER_PI * (1 + 3 * 0.044715 * u * u);
    // Where P is 0 or 1, its slope is 0 and u z' may not be finite.
    return Math.abs(u) > 100 ? p : p + u * 2 * p * logistic(-2 * inner(u)) * zPrime;
  },
);
