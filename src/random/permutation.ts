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
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let sort = 0; sort < numSorts; sort++) {
    const [next, words] = split(key);
    order = sortBy(wordsOf(words, n), order);
    key = next;
  }
  return order;
}

/** The bits of a digit of the sort, and how many values it has. */
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/** The values in the order of their words; values with equal words keep their order. A radix sort, lowest digit first. */
function sortBy(words: Uint32Array, values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const n = words.length;
  let [fromWords, fromValues] = [words, values];
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const ends = new Uint32Array(DIGITS);
    for (let i = 0; i < n; i++) ends[fromWords[i]! >>> shift & DIGITS - 1]!++;
    for (let digit = 1; digit < DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
    const [toWords, toValues] = [new Uint32Array(n), new Uint32Array(n)];
    for (let i = n - 1; i >= 0; i--) {
      const to = --ends[fromWords[i]! >>> shift & DIGITS - 1]!;
      toWords[to] = fromWords[i]!;
      toValues[to] = fromValues[i]!;
    }
    [fromWords, fromValues] = [toWords, toValues];
  }
  return fromValues;
}
