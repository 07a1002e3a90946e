/**
 * The inverse error function in float32, with the roundings of XLA's CPU backend.
 *
 * Only additions, multiplications, divisions and square roots occur, so every machine gives the same bits;
 * `Math.log1p` would not, as its last bits are free.
 *
 * - M. Giles: "Approximating the erfinv function", GPU Computing Gems Jade Edition, 2011 (the polynomials)
 * - S. Moshier: Cephes Mathematical Library, `log1p` and `logf` (the logarithm)
 *
 * @module
 */

const { fround } = Math;

/** Giles' polynomials in w = -log(1 - x^2), highest power first: in w - 2.5 for w < 5, in sqrt(w) - 3 above. */
const ERF_INV_CENTRE = [
  2.81022636e-08,
  3.43273939e-07,
  -3.5233877e-06,
  -4.39150654e-06,
  0.00021858087,
  -0.00125372503,
  -0.00417768164,
  0.246640727,
  1.50140941,
].map(fround);
const ERF_INV_TAIL = [
  -0.000200214257,
  0.000100950558,
  0.00134934322,
  -0.00367342844,
  0.00573950773,
  -0.0076224613,
  0.00943887047,
  1.00167406,
  2.83297682,
].map(fround);

/** Cephes' rational function for log(1 + x) = x - x^2 / 2 + x^3 P(x) / Q(x), highest power first. */
const LOG1P_P = [
  4.5270000862445199635215e-5,
  4.9854102823193375972212e-1,
  6.5787325942061044846969,
  2.9911919328553073277375e1,
  6.0949667980987787057556e1,
  5.7112963590585538103336e1,
  2.0039553499201281259648e1,
].map(fround);
const LOG1P_Q = [
  1,
  1.5062909083469192043167e1,
  8.3047565967967209469434e1,
  2.2176239823732856465394e2,
  3.0909872225312059774938e2,
  2.1642788614495947685003e2,
  6.0118660497603843919306e1,
].map(fround);

/** Cephes' polynomial for log(1 + m) = m - m^2 / 2 + m^3 P(m), in three parts that are joined in powers of m^3. */
const LOG_HIGH = [7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1].map(fround);
const LOG_MIDDLE = [-1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1].map(fround);
const LOG_LOW = [2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1].map(fround);

/** log(2) in two parts, the first with so few bits that its multiples are exact. */
const LOG2_HIGH = fround(0.693359375);
const LOG2_LOW = fround(-2.12194440e-4);

const SQRT_HALF = fround(Math.SQRT1_2);
/** sqrt(2) - 1: below it log1p is the rational function, above it the logarithm of the sum. */
const SMALL = fround(Math.SQRT2 - 1);

/**
 * erf^-1(x) in float32.
 *
 * @param x a float32 in (-1, 1)
 * @returns a float32
 */
export function erfInv(x: number): number {
  const w = -log1p(-fround(x * x));
  const p = w < 5
    ? polynomial(ERF_INV_CENTRE, fround(w - 2.5))
    : polynomial(ERF_INV_TAIL, fround(fround(Math.sqrt(w)) - 3));
  return fround(p * x);
}

/** a * b + c of float32, rounded as one operation (up to ties of the float64 sum, about one in 2^29). */
function fma(a: number, b: number, c: number): number {
  return fround(a * b + c);
}

/** A polynomial by Horner's rule, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => fma(sum, x, c));
}

/** log(1 + x) for a float32 x in (-1, 0]. */
function log1p(x: number): number {
  if (x <= -SMALL) return log(fround(1 + x));
  const square = fround(x * x);
  const ratio = fround(polynomial(LOG1P_P, x) / polynomial(LOG1P_Q, x));
  const cubic = fround(fround(x * square) * ratio);
  return fround(x + fma(-0.5, square, cubic));
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** log(y) for a normal float32 y > 0. */
function log(y: number): number {
  // y = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)).
  float[0] = y;
  let exponent = (word[0]! >>> 23) - 126;
  word[0] = (word[0]! & 0x7fffff) | 0x3f000000;
  let m = float[0]! - 1;
  if (float[0]! < SQRT_HALF) {
    exponent -= 1;
    m += float[0]!;
  }
  const square = fround(m * m);
  const cube = fround(square * m);
  const upper = fma(polynomial(LOG_HIGH, m), cube, polynomial(LOG_MIDDLE, m));
  const series = fma(upper, cube, polynomial(LOG_LOW, m));
  const sum = fround(fma(-0.5, square, m) + fma(series, cube, fround(exponent * LOG2_LOW)));
  return fma(exponent, LOG2_HIGH, sum);
}
