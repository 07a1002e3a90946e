/**
 * Normal numbers in float32.
 *
 * @module
 */
import { NdArray, type Shape, sizeOf } from "../ndarray.ts";
import { checkShape } from "./count.ts";
import { erfInv } from "./erf_inv.ts";
import { checkKey, type Key } from "./key.ts";
import { uniformOf } from "./uniform.ts";

/** The float32 next to -1 on the side of 0, where the inverse error function is still finite. */
const ABOVE_MINUS_ONE = -(1 - 2 ** -24);
const SQRT2 = Math.fround(Math.SQRT2);

/**
 * Random numbers from the normal distribution of mean 0 and variance 1, as `jax.random.normal(key, shape)`.
 *
 * sqrt(2) erf^-1(u) of uniform u in (-1, 1), in float32. The bits are those of JAX 0.10 on a CPU with fused
 * multiply-add; other devices of JAX take another logarithm and may differ by a few units in the last place.
 *
 * @param key where to start
 * @param shape the lengths of the axes; [] for a single number
 * @returns the numbers, in the given shape
 * @throws {TypeError} when the key is none
 * @throws {RangeError} when the shape is not a list of integers >= 0
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const z = random.normal(random.key(0), [4]);
 * assertEquals(z.data[0], 1.6226421594619751);
 * ```
 */
export function normal(key: Key, shape: Shape): NdArray {
  checkKey("draw normal", key);
  checkShape("draw normal", shape);
  const u = uniformOf(key, sizeOf(shape), ABOVE_MINUS_ONE, 1);
  return new NdArray(u.map((x) => SQRT2 * erfInv(x)), shape);
}
