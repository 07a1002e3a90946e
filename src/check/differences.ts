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

/** Float32 on the device: wide steps, as the noise of its rounding is 2^-24 over the step. */
export const FLOAT32: Precision = {
  epsilon: 2 ** -24,
  round: Math.fround,
  exponents: [0, -2, -4, -6, -8, -10],
};

/** The same for a change of all elements at once, which meets more kinks, and moves the result more. */
export const FLOAT32_ALL: Precision = { ...FLOAT32, exponents: [-4, -6, -8, -10, -12] };

/** Float64 of a twin. */
export const FLOAT64: Precision = { epsilon: 2 ** -53, round: (x) => x, exponents: [-7, -9, -13, -17, -21] };

/** A value has several roundings behind it, each of half a unit. */
const ROUNDINGS = 4;

/** Rows that are evaluated at once, and the floats that they may have, at most. */
const [MAX_ROWS, MAX_FLOATS] = [512, 2 ** 22];

/** A change of an input, made when it is needed: there may be many, and large ones. */
export type Change = () => Float64Array;

/**
 * <vBar, J x'> for several changes x' of an input, by central differences. Of all steps the one is taken whose own
 * error is the least: the rounding noise of the values over the step, and how far its neighbours are away.
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
      const sides = exponents.map((_, level) => {
        const at = c * perChange + 2 * level;
        return { up: values[at]!, down: values[at + 1]!, step: stepOf(moved[at]!, moved[at + 1]!, change) };
      });
      // What a small step leaves as it is may have been rounded back: it counts where any step changes it.
      const changes = Array.from(
        vBar,
        (_, i) => sides.some(({ up, down }) => up[i] !== base![i] || down[i] !== base![i]),
      );
      estimates.push(best(sides.map((side) => quotient(side, base!, vBar, changes, precision.epsilon))));
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
  { up, down, step }: { up: ArrayLike<number>; down: ArrayLike<number>; step: number },
  base: ArrayLike<number>,
  vBar: ArrayLike<number>,
  changes: readonly boolean[],
  epsilon: number,
): Quotient {
  let [value, magnitude, noise, bend, terms] = [0, 0, 0, 0, 0];
  for (let i = 0; i < vBar.length; i++) {
    if (!changes[i]) continue;
    const [a, b, c, bar] = [up[i]!, down[i]!, base[i]!, vBar[i]!];
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

/** A bend is a kink where a quarter of the step leaves more than this part of it. */
const STAYS = 0.5;
/** By how much an error that goes with the square of the step is smaller after a quarter of it, with room. */
const SHRINKS = 8;

/**
 * The quotient with the least uncertainty. The distance to both neighbours belongs to it: that to the smaller step shows
 * noise, that to the wider one curvature, and only both together cannot agree by accident. So does half of a kink: close
 * to one the quotients agree with each other, on the mean of both slopes.
 */
function best(quotients: readonly Quotient[]): Estimate {
  let least: Estimate = { value: NaN, magnitude: NaN, terms: 0, uncertainty: Infinity };
  for (let i = 1; i < quotients.length - 1; i++) {
    const [wider, q, next] = [quotients[i - 1]!, quotients[i]!, quotients[i + 1]!];
    const curvature = Number.isFinite(wider.value) ? Math.abs(q.value - wider.value) / SHRINKS : 0;
    const kink = next.bend > STAYS * q.bend ? q.bend / 2 : 0;
    const uncertainty = q.uncertainty + kink + Math.max(Math.abs(q.value - next.value), curvature);
    if (uncertainty < least.uncertainty) least = { ...q, uncertainty };
  }
  return least;
}
