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

/** The most bits of a word by which it gets its bucket. */
const MAX_BUCKET_BITS = 22;

/**
 * The values in the order of their words; values with equal words keep their order. Words are random, so with as many
 * buckets as words a bucket has one or two, and an insertion sort behind the buckets moves few of them, and not far.
 */
function sortBy(words: Uint32Array, values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const n = words.length;
  const bits = Math.min(MAX_BUCKET_BITS, 32 - Math.clz32(n));
  const shift = 32 - bits;
  const ends = new Uint32Array(2 ** bits);
  for (let i = 0; i < n; i++) ends[words[i]! >>> shift]!++;
  let end = 0;
  for (let bucket = 0; bucket < ends.length; bucket++) {
    end += ends[bucket]!;
    ends[bucket] = end;
  }
  const sortedWords = new Uint32Array(n);
  const sorted = new Uint32Array(n);
  for (let i = n - 1; i >= 0; i--) {
    const word = words[i]!;
    const to = --ends[word >>> shift]!;
    sortedWords[to] = word;
    sorted[to] = values[i]!;
  }
  for (let i = 1; i < n; i++) {
    const word = sortedWords[i]!;
    const value = sorted[i]!;
    let to = i;
    for (; to > 0 && sortedWords[to - 1]! > word; to--) {
      sortedWords[to] = sortedWords[to - 1]!;
      sorted[to] = sorted[to - 1]!;
    }
    sortedWords[to] = word;
    sorted[to] = value;
  }
  return sorted;
}
