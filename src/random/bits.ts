/**
 * Random words, the raw material of every distribution.
 *
 * @module
 */
import { type Shape, sizeOf } from "../ndarray.ts";
import { checkShape } from "./count.ts";
import { checkKey, encipherHalves, encipherIndices, type Key } from "./key.ts";

/**
 * Random integers, uniform in [0, 2^32), by threefry2x32 (Salmon et al. 2011, "Parallel random numbers: as
 * easy as 1, 2, 3"). Same bits as `jax.random.bits(key, shape)`.
 *
 * @param key where to start
 * @param shape the lengths of the axes, last axis fastest; [] for a single number
 * @returns the integers in a flat array, [product of the shape]
 * @throws {TypeError} when the key is none
 * @throws {RangeError} when the shape is not a list of integers >= 0
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...random.bits(random.key(0), [2])], [4070199207, 4202968722]);
 * ```
 */
export function bits(key: Key, shape: Shape): Uint32Array<ArrayBuffer> {
  checkKey("draw bits", key);
  checkShape("draw bits", shape);
  return wordsOf(key, sizeOf(shape));
}

/**
 * n random words of a key, unchecked.
 *
 * @returns the words, [n]
 */
export function wordsOf(key: Key, n: number): Uint32Array<ArrayBuffer> {
  if (!key.partitionable) return encipherHalves(key, n);
  const [first, second] = encipherIndices(key, n);
  for (let i = 0; i < n; i++) first[i]! ^= second[i]!;
  return first;
}
