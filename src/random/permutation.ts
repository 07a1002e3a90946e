/**
 * Random orders.
 *
 * @module
 */
import { wordsOf } from "./bits.ts";
import { checkCount } from "./count.ts";
import { checkKey, type Key, split } from "./key.ts";

/**
 * The numbers 0, 1, ... n - 1 in random order, as `jax.random.permutation(key, n)`.
 *
 * A list is sorted by random words, and again with new words until ties in every sort are unlikely:
 * ceil(3 log(n) / log(2^32 - 1)) sorts.
 *
 * @param key where to start
 * @param n how many numbers, an integer >= 0
 * @returns the numbers, [n]
 * @throws {TypeError} when the key is none
 * @throws {RangeError} when n is not an integer >= 0
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...random.permutation(random.key(0), 5)], [0, 1, 4, 3, 2]);
 * ```
 */
export function permutation(key: Key, n: number): Uint32Array<ArrayBuffer> {
  checkKey("draw permutation", key);
  checkCount("draw permutation", "n", n);
  const numSorts = Math.ceil(3 * Math.log(Math.max(1, n)) / Math.log(2 ** 32 - 1));
  let order = new Uint32Array(n).map((_, i) => i);
  for (let sort = 0; sort < numSorts; sort++) {
    const [next, words] = split(key);
    order = sortBy(wordsOf(words, n), order);
    key = next;
  }
  return order;
}

/** The values in the order of their words; values with equal words keep their order. */
function sortBy(words: Uint32Array, values: Uint32Array): Uint32Array<ArrayBuffer> {
  // Each 64-bit integer is a word above a position (little endian, as on every machine with WebGPU), so that the
  // native sort without a callback is stable.
  const pairs = new Uint32Array(2 * words.length);
  words.forEach((word, i) => {
    pairs[2 * i] = i;
    pairs[2 * i + 1] = word;
  });
  new BigUint64Array(pairs.buffer).sort();
  return new Uint32Array(values.length).map((_, i) => values[pairs[2 * i]!]!);
}
