/**
 * Central differences, each with a step that fits and an estimate of its own error.
 *
 * @module
 */

/** What is known of <vBar, J x'> for a change x'. */
export interface Estimate {
  /** The product. */
  readonly value: number;
  /** The sum of the magnitudes of its terms. */
  readonly magnitude: number;
  /** How many terms are not 0. */
  readonly terms: number;
  /** How far the value may be off, by what differences with other steps say. */
  readonly uncertainty: number;
}

/** A function of one of its inputs, many values at once. */
export type Rows = (rows: readonly Float64Array[]) => Promise<readonly ArrayLike<number>[]>;

/** How a function rounds, and which steps are tried. */
export interface Precision {
  /** Half the distance from 1 to the next number. */
  readonly epsilon: number;
  /** Rounds to the numbers that the function takes. */
  round(x: number): number;
  /** Steps in the order of their size, as powers of 2. */
  readonly exponents: readonly number[];
}

/** Float32 on the device: steps from a half down, as the noise of its rounding is 2^-24 over the step. */
export const FLOAT32: Precision = {
  epsilon: 2 ** -24,
  round: Math.fround,
  exponents: [-1, -3, -5, -7, -9, -11],
};

/** Float64 of a twin. */
export const FLOAT64: Precision = { epsilon: 2 ** -53, round: (x) => x, exponents: [-9, -13, -17, -21] };

/** A value has several roundings behind it, each of half a unit. */
const ROUNDINGS = 4;

/** Rows that are evaluated at once, and the floats that they may have, at most. */
const [MAX_ROWS, MAX_FLOATS] = [512, 2 ** 22];

/** A change of an input, made when it is needed: there may be many, and large ones. */
export type Change = () => Float64Array;

/**
 * <vBar, J x'> for several changes x' of an input, by central differences. Of all steps the one is taken whose own
 * error is the least: the rounding noise of the values over the step, and how far the next smaller step is away.
 *
 * @param f the function
 * @param x the input
 * @param changes the changes; a step of 1 moves the input by one of them
 * @param vBar the cotangent of the result
 * @param precision how f rounds
 */
export async function differences(
  f: Rows,
  x: Float64Array,
  changes: readonly Change[],
  vBar: ArrayLike<number>,
  precision: Precision,
): Promise<Estimate[]> {
  const { exponents, round } = precision;
  const estimates: Estimate[] = [];
  const perChange = 2 * exponents.length;
  const numRows = Math.min(MAX_ROWS, MAX_FLOATS / Math.max(x.length, vBar.length));
  const perChunk = Math.max(1, Math.floor(numRows / perChange));
  for (let first = 0; first < changes.length; first += perChunk) {
    const part = changes.slice(first, first + perChunk).map((change) => change());
    const moved = part.flatMap((change) =>
      exponents.flatMap((e) =>
        [1, -1].map((sign) => x.map((value, i) => round(value + sign * 2 ** e * change[i]!)))
      )
    );
    const [base, ...values] = await f([x, ...moved]);
    part.forEach((change, c) => {
      const all = exponents.map((_, level) => {
        const at = c * perChange + 2 * level;
        const step = stepOf(moved[at]!, moved[at + 1]!, change);
        return quotient(values[at]!, base!, values[at + 1]!, vBar, step, precision.epsilon);
      });
      estimates.push(best(all));
    });
  }
  return estimates;
}

/** The step between two rows, after rounding, in units of a change. */
function stepOf(up: Float64Array, down: Float64Array, change: Float64Array): number {
  let [along, square] = [0, 0];
  change.forEach((d, i) => {
    along += d * (up[i]! - down[i]!);
    square += d * d;
  });
  return along / square;
}

/** A quotient of differences; its uncertainty is that of rounding alone. */
interface Quotient extends Estimate {
  /** By how much the slopes on both sides differ, less what rounding explains. */
  readonly bend: number;
}

function quotient(
  up: ArrayLike<number>,
  base: ArrayLike<number>,
  down: ArrayLike<number>,
  vBar: ArrayLike<number>,
  step: number,
  epsilon: number,
): Quotient {
  let [value, magnitude, noise, bend, terms] = [0, 0, 0, 0, 0];
  for (let i = 0; i < vBar.length; i++) {
    const [a, b, c, bar] = [up[i]!, down[i]!, base[i]!, vBar[i]!];
    if (a === b && a === c) continue;
    terms++;
    value += bar * (a - b);
    magnitude += Math.abs(bar * (a - b));
    noise += ROUNDINGS * epsilon * Math.abs(bar) * (Math.abs(a) + Math.abs(b));
    bend += 2 * Math.abs(bar * (a - 2 * c + b));
  }
  return {
    value: value / step,
    magnitude: magnitude / step,
    terms,
    uncertainty: noise / step,
    bend: Math.max(0, bend - 4 * noise) / step,
  };
}

/** A bend is a kink where it is more than this part of the slope, and a step of a quarter leaves more than half of it. */
const [KINK, STAYS] = [0.05, 0.5];

/**
 * The quotient with the least uncertainty, the distance to the one of the next smaller step included. Steps across a
 * kink do not count: close to it their quotients agree with each other, on the mean of both slopes.
 */
function best(quotients: readonly Quotient[]): Estimate {
  const none: Estimate = { value: NaN, magnitude: NaN, terms: 0, uncertainty: Infinity };
  let least = none;
  quotients.slice(0, -1).forEach((q, i) => {
    const next = quotients[i + 1]!;
    if (q.bend > KINK * q.magnitude && next.bend > STAYS * q.bend) return;
    const uncertainty = q.uncertainty + Math.abs(q.value - next.value);
    if (uncertainty < least.uncertainty) least = { ...q, uncertainty };
  });
  return least;
}
