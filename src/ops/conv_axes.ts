/**
 * Sizes that a convolution has on each axis: kernel, stride, dilation.
 *
 * @module
 */
import * as z from "zod";
import type { Fault } from "../errors.ts";
import { lengthFault } from "../options.ts";

/** One number for all axes, or one for each, the slowest axis first. */
export type PerAxis = number | readonly number[];

const isCount = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 1;

/** The schema of an integer >= 1 for all axes or for each. */
export function perAxis(): z.ZodMiniType<PerAxis> {
  return z.custom<PerAxis>((x) => Array.isArray(x) ? x.every(isCount) : isCount(x), {
    error: ({ input }) => Array.isArray(input) ? "a list of integers >= 1" : "an integer >= 1",
  });
}

/** The numbers of the axes. */
export function axesOf(value: PerAxis, dims: number): readonly number[] {
  return typeof value === "number" ? Array<number>(dims).fill(value) : value;
}

/** A fault for each list that has not as many numbers as there are axes. */
export function axesFaults(values: Readonly<Record<string, PerAxis | undefined>>, dims: number): Fault[] {
  return Object.entries(values).flatMap(([path, value]) =>
    lengthFault(path, typeof value === "number" ? undefined : value, dims)
  );
}

/**
 * How many points stand before the first one in the padded axis (pdequinox: `compute_same_padding`): of the
 * K - 1 taps beside one the smaller half, times the dilation. The other half stands behind the last point.
 */
export function padBefore(taps: number, dilation: number): number {
  return Math.floor((taps - 1) / 2) * dilation;
}
