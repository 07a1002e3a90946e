/**
 * Keys: the only state of the random numbers. A key is a value; equal keys give equal numbers.
 *
 * @module
 */
import { optional } from "zod";
import { show } from "../errors.ts";
import { checkOptions, flag } from "../options.ts";
import { checkCount } from "./count.ts";
import { threefry2x32 } from "./threefry2x32.ts";

/** Where the random numbers of a call start, and in which order the blocks of the cipher are laid out. */
export interface Key {
  /** The two words of the threefry2x32 key, integers in [0, 2^32). */
  readonly words: readonly [number, number];
  /**
   * `true`: today's layout of JAX (`jax_threefry_partitionable`), in which element i depends on i alone.
   * `false`: the layout that was the default before JAX 0.5.
   */
  readonly partitionable: boolean;
}

/** Options of {@linkcode key}. */
export interface KeyOptions {
  /** The layout, see {@linkcode Key}. Default: true. */
  readonly partitionable?: boolean;
}

/** The largest magnitude below which every integer has its own float64. */
const MAX_SEED = 2 ** 53;

const OPTIONS = { partitionable: optional(flag()) };

/**
 * A key from a seed, as `jax.random.key(seed)` and `jax.random.PRNGKey(seed)` give it.
 *
 * The words are [0, seed mod 2^32]. As in JAX without 64-bit types the upper half of a longer seed is dropped,
 * and a negative seed is taken in two's complement: 2^32 + 5 is the key of 5, and -1 that of 2^32 - 1.
 *
 * @param seed an integer in [-2^53, 2^53]
 * @param options the layout; the default is that of JAX 0.5 and later
 * @throws {RangeError} when the seed is not such an integer
 * @throws {OptionsError} when an option is unknown or of the wrong kind
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(random.key(42).words, [0, 42]);
 * assertEquals(random.key(0, { partitionable: false }).partitionable, false);
 * ```
 */
export function key(seed: number, options: KeyOptions = {}): Key {
  if (!Number.isInteger(seed) || Math.abs(seed) > MAX_SEED) {
    throw new RangeError(
      `Cannot create key as the seed must be an integer in [-2^53, 2^53]: current seed is ${show(seed)}`,
    );
  }
  checkOptions("create key", OPTIONS, options);
  return freeze(0, seed >>> 0, options.partitionable ?? true);
}

/**
 * New keys from a key, independent of each other and of all numbers drawn with it.
 * A key that was split should not be used for anything else.
 *
 * The two layouts give different keys. Same as `jax.random.split(key, num)`.
 *
 * @param key where to start
 * @param num how many keys, an integer >= 0; default 2
 * @returns the keys, [num], of the same layout
 * @throws {TypeError} when the key is none
 * @throws {RangeError} when the number is not an integer >= 0
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const [weights, data] = random.split(random.key(0));
 * assertEquals(weights.words, [1797259609, 2579123966]);
 * assertEquals(data.words, [928981903, 3453687069]);
 * ```
 */
export function split(key: Key, num?: 2): [Key, Key];
/** Three keys, see the first form. */
export function split(key: Key, num: 3): [Key, Key, Key];
/** Any number of keys, see the first form. */
export function split(key: Key, num: number): Key[];
export function split(key: Key, num = 2): Key[] {
  checkKey("split key", key);
  checkCount("split key", "num", num);
  if (key.partitionable) {
    const [first, second] = [new Uint32Array(num), new Uint32Array(num)];
    encipherIndices(key, first, second);
    return Array.from(first, (word, i) => freeze(word, second[i]!, true));
  }
  const words = new Uint32Array(2 * num);
  encipherHalves(key, 2 * num, words);
  return Array.from({ length: num }, (_, i) => freeze(words[2 * i]!, words[2 * i + 1]!, false));
}

/** Tells a {@linkcode Key} from any other value. A key read back from JSON is one too. */
export function isKey(x: unknown): x is Key {
  if (typeof x !== "object" || x === null) return false;
  const { words, partitionable } = x as Partial<Key>;
  return typeof partitionable === "boolean" && Array.isArray(words) && words.length === 2 &&
    words.every((word) => word === word >>> 0);
}

/**
 * Refuses what is no key.
 *
 * @param action what was to be done, for example `split key`
 * @param key what the caller gave
 * @throws {TypeError} when it is no key
 */
export function checkKey(action: string, key: unknown): void {
  if (isKey(key)) return;
  throw new TypeError(`Cannot ${action} as the key must come from random.key: current key is ${show(key)}`);
}

/**
 * The blocks of the counters 0, 1, ... n - 1, the arrangement of the partitionable layout.
 *
 * @param key where to start
 * @param first takes the first words, [n]
 * @param second takes the second ones, [n]
 */
export function encipherIndices(key: Key, first: Uint32Array, second: Uint32Array): void {
  // A counter has 64 bits; its upper word stays 0, as an array never has 2^32 elements.
  first.fill(0);
  for (let i = 0; i < second.length; i++) second[i] = i;
  threefry2x32(key.words, first, second);
}

/**
 * Words from the counters 0, 1, ... n - 1 taken as one list whose halves are the words of the blocks, the arrangement of
 * the older layout. A list of odd length is filled up with a 0 whose word is not wanted.
 *
 * @param key where to start
 * @param n how many words
 * @param words takes them, and that word, [n rounded up to an even number]
 */
export function encipherHalves(key: Key, n: number, words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = i < n ? i : 0;
  threefry2x32(key.words, words.subarray(0, words.length / 2), words.subarray(words.length / 2));
}

function freeze(first: number, second: number, partitionable: boolean): Key {
  return Object.freeze({ words: Object.freeze([first, second] as const), partitionable });
}
