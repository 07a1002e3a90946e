/**
 * Compares what the device gives with references.
 *
 * @module
 */
import type { Shape } from "../ndarray.ts";
import type { Estimate } from "./differences.ts";
import type { TwinTensors } from "./reference.ts";
import type { ComparedElement, InputReport, TensorReport } from "./report.ts";

/** The rounding of float32, twice. */
const UNIT = 2 ** -22;
/** Roundings that functions such as exp may have. */
const ROUNDINGS = 32;
/** Differences whose uncertainty is a larger part of the largest cotangent say nothing. */
const RESOLUTION = 0.05;
/** How much larger than estimated the error of a difference may be. */
const SAFETY = 4;
/** The least positive number of float32 that keeps all its digits. */
const TINY = 2 ** -126;

/** The index of an element, one number for each axis. */
function indexOf(element: number, shape: Shape): number[] {
  const index: number[] = [];
  for (const n of shape.toReversed()) {
    index.unshift(element % n);
    element = Math.floor(element / n);
  }
  return index;
}

/** How much of its tolerance an error takes; infinite where there is no number. */
function share({ error, tolerance }: Pick<ComparedElement, "error" | "tolerance">): number {
  return Number.isNaN(error) ? Infinity : error / tolerance;
}

function summary(
  shape: Shape,
  compared: readonly ComparedElement[],
  largest: number,
): Omit<TensorReport, "ok"> & { readonly agrees: boolean } {
  const worst = compared.reduce<ComparedElement | null>((a, b) => a && share(a) >= share(b) ? a : b, null);
  const maxError = compared.reduce((max, { error }) => Math.max(max, error), 0);
  return {
    agrees: worst === null || share(worst) <= 1,
    shape,
    numCompared: compared.length,
    maxError,
    maxRelativeError: maxError / Math.max(largest, TINY),
    worst,
  };
}

/**
 * Compares the result with that of a twin.
 *
 * @param shape its shape
 * @param actual what the device gives
 * @param expected what the twin gives
 * @param inputs the inputs; as many terms as they have elements may be added up
 * @param tolerance how far an element may be off, as a fraction of the largest
 */
export function compareResult(
  shape: Shape,
  actual: Float32Array,
  expected: ArrayLike<number>,
  inputs: TwinTensors,
  tolerance?: number,
): TensorReport {
  const largest = Array.from(expected).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const terms = Object.values(inputs).reduce((sum, x) => sum + x.length, 0);
  const allowed = largest * (tolerance ?? UNIT * (ROUNDINGS + terms)) + TINY;
  const compared = Array.from(actual, (x, i): ComparedElement => ({
    index: indexOf(i, shape),
    actual: x,
    expected: expected[i]!,
    error: Math.abs(x - expected[i]!),
    tolerance: allowed,
  }));
  const { agrees, ...rest } = summary(shape, compared, largest);
  return { ok: agrees, ...rest };
}

/** The cotangent of an input, in one of its roles. */
export interface CotangentAs {
  /** How the input lay on the device. */
  readonly role: "state" | "parameter";
  /** The cotangent. */
  readonly values: Float32Array;
}

/** The estimates of single elements of a cotangent. */
export class ElementEstimates {
  /** The elements whose estimates say something. */
  readonly resolved: readonly (Estimate & { readonly element: number })[];
  /** The other elements. */
  readonly unresolved: readonly number[];
  /** The largest sum of magnitudes that makes an element. */
  readonly largestSum: number;

  /**
   * @param elements the elements
   * @param scales the change of each element of the input for which estimates are made
   * @param estimates the estimate of each of the elements
   */
  constructor(elements: readonly number[], scales: Float64Array, estimates: readonly Estimate[]) {
    const all = elements.map((element, i) => {
      const { value, magnitude, terms, uncertainty } = estimates[i]!;
      const scale = scales[element]!;
      return {
        element,
        value: value / scale,
        magnitude: magnitude / scale,
        terms,
        uncertainty: uncertainty / scale,
      };
    });
    this.largestSum = Math.max(
      TINY,
      ...all.filter(({ value }) => Number.isFinite(value)).map((e) => e.magnitude),
    );
    const says = ({ uncertainty }: Estimate) => SAFETY * uncertainty <= RESOLUTION * this.largestSum;
    this.resolved = all.filter(says);
    this.unresolved = all.filter((e) => !says(e)).map(({ element }) => element);
  }
}

/** What {@linkcode compareInput} takes. */
export interface InputComparison {
  /** The shape of the input. */
  readonly shape: Shape;
  /** The estimates of its elements. */
  readonly elements: ElementEstimates;
  /** The change of the whole input for the inner product. */
  readonly change: Float64Array;
  /** The estimate of the inner product. */
  readonly product: Estimate;
  /** What the device gives, for each role of the input. */
  readonly bars: readonly CotangentAs[];
  /** How far a cotangent may be off, as a fraction of the largest sum of magnitudes. */
  readonly tolerance?: number | undefined;
}

/** Compares the cotangent of one input with estimates of its elements. */
export function compareInput(
  { shape, elements, change, product, bars, tolerance }: InputComparison,
): InputReport {
  const { resolved, unresolved, largestSum } = elements;
  const largest = Math.max(0, ...resolved.map(({ value }) => Math.abs(value)));
  const fraction = (terms: number) => tolerance ?? UNIT * (ROUNDINGS + terms);
  // Every element of the cotangent may be off by its tolerance, and they add up like the root of their number.
  const reach = Math.sqrt(change.reduce((sum, x) => sum + x * x, 0));
  const reports = bars.map(({ role, values }): InputReport => {
    const compared = resolved.map(({ element, value, terms, uncertainty }): ComparedElement => ({
      index: indexOf(element, shape),
      actual: values[element]!,
      expected: value,
      error: Math.abs(values[element]! - value),
      tolerance: SAFETY * uncertainty + largestSum * fraction(terms) + TINY,
    }));
    const actual = change.reduce((sum, x, i) => x === 0 ? sum : sum + x * values[i]!, 0);
    const innerProduct = {
      actual,
      expected: product.value,
      error: Math.abs(actual - product.value),
      tolerance: SAFETY * (product.uncertainty + reach * largestSum * fraction(product.terms)) + TINY,
    };
    const { agrees, ...rest } = summary(shape, compared, largest);
    const ok = agrees && share(innerProduct) <= 1 && resolved.length >= unresolved.length;
    return { ok, ...rest, role, numUnresolved: unresolved.length, innerProduct };
  });
  return reports.reduce((a, b) => off(b) > off(a) ? b : a);
}

/** How much of its tolerance an input takes. */
function off({ worst, innerProduct }: InputReport): number {
  return Math.max(worst ? share(worst) : 0, share(innerProduct));
}
