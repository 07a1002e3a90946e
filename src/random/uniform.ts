/**
 * Uniform numbers in float32.
 *
 * @module
 */
import * as z from "zod";
import { NdArray, type Shape, sizeOf } from "../ndarray.ts";
import { checkOptions, finite } from "../options.ts";
import { wordsOf } from "./bits.ts";
import { checkShape } from "./count.ts";
import { checkKey, type Key } from "./key.ts";

/** Options of {@linkcode uniform}. */
export interface UniformOptions {
  /** The lowest number, rounded to float32. Default: 0. */
  readonly minval?: number;
  /** The number that is not reached, save by rounding; >= minval. Default: 1. */
  readonly maxval?: number;
}

/** The distance of neighbouring float32 in [1, 2), which 23 mantissa bits count. */
const ULP = 2 ** -23;

const OPTIONS = { minval: z.optional(finite()), maxval: z.optional(finite()) };

/**
 * Random numbers, uniform in [minval, maxval), as `jax.random.uniform(key, shape, minval=..., maxval=...)`.
 *
 * 23 random bits become the mantissa of a float32 f in [0, 1), and the result is f * (maxval - minval) + minval,
 * rounded once after the addition. XLA fuses this multiplication and addition on GPUs and on CPUs that have the
 * instruction, so the bits are those of JAX there. Where it does not fuse, JAX's own numbers differ in the last
 * bit when maxval - minval is no power of two; for [0, 1) and [-1, 1) they are the same everywhere.
 *
 * @param key where to start
 * @param shape the lengths of the axes; [] for a single number
 * @param options the bounds
 * @returns the numbers, in the given shape
 * @throws {TypeError} when the key is none
 * @throws {RangeError} when the shape is not a list of integers >= 0
 * @throws {OptionsError} when a bound is not a finite number, or maxval < minval
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const u = random.uniform(random.key(0), [2, 3], { minval: -1, maxval: 1 });
 * assertEquals(u.shape, [2, 3]);
 * assertEquals(u.at(0, 0), 0.895334005355835);
 * ```
 */
export function uniform(key: Key, shape: Shape, options: UniformOptions = {}): NdArray {
  checkKey("draw uniform", key);
  checkShape("draw uniform", shape);
  const { minval = 0, maxval = 1 } = options;
  const reversed = { path: "maxval", rule: `a finite number >= minval (${minval})`, value: maxval };
  checkOptions("draw uniform", OPTIONS, options, maxval < minval ? [reversed] : []);
  return new NdArray(uniformOf(key, sizeOf(shape), Math.fround(minval), Math.fround(maxval)), shape);
}

/**
 * n uniform numbers in [low, high), unchecked.
 *
 * @param low a float32
 * @param high a float32 >= low
 * @returns the numbers, [n]
 */
export function uniformOf(key: Key, n: number, low: number, high: number): Float32Array<ArrayBuffer> {
  const words = wordsOf(key, n);
  const width = Math.fround(high - low);
  // The product of two float32 is exact in float64, so the store into the Float32Array is the single rounding.
  return new Float32Array(n).map((_, i) => (words[i]! >>> 9) * ULP * width + low);
}
