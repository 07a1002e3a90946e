/**
 * Random orders.
 *
 * @module
 */
import { WordDraw } from "./bits.ts";
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
  return new Shuffle(n).orderOf(key);
}

/** The most bits of a word by which it gets its bucket. */
const MAX_BUCKET_BITS = 22;

/**
 * Orders of n numbers, each made in the memory of those before. Words are random, so with as many buckets as words a
 * bucket has one or two, and an insertion sort behind the buckets moves few of them, and not far.
 */
export class Shuffle {
  readonly #numSorts: number;
  readonly #draw: WordDraw;
  readonly #bucketBits: number;
  readonly #buckets: Uint32Array<ArrayBuffer>;
  readonly #sortedWords: Uint32Array<ArrayBuffer>;
  #order: Uint32Array<ArrayBuffer>;
  #sorted: Uint32Array<ArrayBuffer>;

  /** @param n how many numbers */
  constructor(n: number) {
    this.#numSorts = Math.ceil(3 * Math.log(Math.max(1, n)) / Math.log(2 ** 32 - 1));
    this.#draw = new WordDraw(n);
    this.#bucketBits = Math.min(MAX_BUCKET_BITS, 32 - Math.clz32(n));
    this.#buckets = new Uint32Array(2 ** this.#bucketBits);
    [this.#order, this.#sorted, this.#sortedWords] = [
      new Uint32Array(n),
      new Uint32Array(n),
      new Uint32Array(n),
    ];
  }

  /** The order that {@linkcode permutation} gives for a key, unchecked; it is there until the next call. */
  orderOf(key: Key): Uint32Array<ArrayBuffer> {
    for (let i = 0; i < this.#order.length; i++) this.#order[i] = i;
    for (let sort = 0; sort < this.#numSorts; sort++) {
      const [next, words] = split(key);
      this.#sortBy(this.#draw.draw(words));
      key = next;
    }
    return this.#order;
  }

  /** Sorts the order by words; numbers with equal words keep their order. */
  #sortBy(words: Uint32Array): void {
    const order = this.#order;
    const sorted = this.#sorted;
    const sortedWords = this.#sortedWords;
    const ends = this.#buckets;
    const shift = 32 - this.#bucketBits;
    const n = words.length;
    ends.fill(0);
    for (let i = 0; i < n; i++) ends[words[i]! >>> shift]!++;
    let end = 0;
    for (let bucket = 0; bucket < ends.length; bucket++) {
      end += ends[bucket]!;
      ends[bucket] = end;
    }
    for (let i = n - 1; i >= 0; i--) {
      const word = words[i]!;
      const to = --ends[word >>> shift]!;
      sortedWords[to] = word;
      sorted[to] = order[i]!;
    }
    for (let i = 1; i < n; i++) {
      const word = sortedWords[i]!;
      const number = sorted[i]!;
      let to = i;
      for (; to > 0 && sortedWords[to - 1]! > word; to--) {
        sortedWords[to] = sortedWords[to - 1]!;
        sorted[to] = sorted[to - 1]!;
      }
      sortedWords[to] = word;
      sorted[to] = number;
    }
    [this.#order, this.#sorted] = [sorted, order];
  }
}
