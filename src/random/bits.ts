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
 * @returns the words, [n], in a buffer of their own
 */
export function wordsOf(key: Key, n: number): Uint32Array<ArrayBuffer> {
  const words = new WordDraw(n).draw(key);
  return words.byteLength === words.buffer.byteLength ? words : words.slice();
}

/** Draws n words of one key after another, each time into the same memory. */
export class WordDraw {
  readonly #n: number;
  readonly #words: Uint32Array<ArrayBuffer>;
  /** The second words of the blocks, where each block gives one word. */
  readonly #seconds: Uint32Array<ArrayBuffer>;

  /** @param n how many words */
  constructor(n: number) {
    this.#n = n;
    this.#words = new Uint32Array(2 * Math.ceil(n / 2));
    this.#seconds = new Uint32Array(n);
  }

  /** The words of a key, [n], unchecked; they are there until the next draw. */
  draw(key: Key): Uint32Array<ArrayBuffer> {
    const words = this.#words.subarray(0, this.#n);
    if (!key.partitionable) {
      encipherHalves(key, this.#n, this.#words);
      return words;
    }
    const seconds = this.#seconds;
    encipherIndices(key, words, seconds);
    for (let i = 0; i < words.length; i++) words[i]! ^= seconds[i]!;
    return words;
  }
}
