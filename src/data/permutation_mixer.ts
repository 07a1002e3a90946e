/**
 * Minibatches in random order.
 *
 * @module
 */
import { checkOptions, integer } from "../options.ts";
import { type Key, split } from "../random/key.ts";
import { keyOption } from "../random/key_option.ts";
import { permutation, Shuffle } from "../random/permutation.ts";

/** Options of {@linkcode PermutationMixer}. */
export interface PermutationMixerOptions {
  /** How many samples there are to draw from, an integer >= 1. */
  readonly numTotalSamples: number;
  /** How many minibatches are drawn in all, an integer >= 1. */
  readonly numMinibatches: number;
  /** How many samples a minibatch has, an integer >= 1. More than there are samples means all of them. */
  readonly batchSize: number;
  /** Where the random numbers start. */
  readonly key: Key;
}

/** Where a minibatch stands. */
export interface MinibatchInfo {
  /** How many times all samples were drawn before. */
  readonly epoch: number;
  /** The place of the minibatch in its epoch, in [0, numMinibatchesPerEpoch). */
  readonly batch: number;
}

/** Of more samples, an order is made in memory of its own, which is given back: it takes five times that of the order. */
const MANY_SAMPLES = 2 ** 16;

const OPTIONS = {
  numTotalSamples: integer(1),
  numMinibatches: integer(1),
  batchSize: integer(1),
  key: keyOption(),
};

/**
 * Draws minibatches so that each epoch shows every sample once, in an order of its own. The same key gives the
 * batches of `trainax.PermutationMixer`.
 *
 * The order of an epoch is `permutation(key, numTotalSamples)`, and the next epoch goes on with
 * `split(key)[0]`. The last minibatch of an epoch is the smaller remainder; it is not filled up from the next
 * epoch. A batch size above the number of samples gives full batches. Orders are made when they are asked for,
 * and one is kept.
 *
 * @example
 * ```ts
 * import { PermutationMixer, random } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const mixer = new PermutationMixer({ numTotalSamples: 5, numMinibatches: 4, batchSize: 3, key: random.key(0) });
 * assertEquals([...mixer.batch(0)], [0, 1, 4]);
 * assertEquals([...mixer.batch(1)], [3, 2]);
 * assertEquals(mixer.info(3), { epoch: 1, batch: 1 });
 * ```
 */
export class PermutationMixer {
  /** The number of samples to draw from. */
  readonly numTotalSamples: number;
  /** The number of minibatches in all. */
  readonly numMinibatches: number;
  /** The number of samples of a minibatch, at most numTotalSamples. */
  readonly batchSize: number;
  /** The number of minibatches of an epoch, the smaller last one included. */
  readonly numMinibatchesPerEpoch: number;
  /** The number of epochs, the last one perhaps incomplete. */
  readonly numEpochs: number;
  /** The keys of the epochs reached so far. */
  readonly #keys: Key[];
  #shuffle: Shuffle | null = null;
  #order = { epoch: -1, samples: new Uint32Array() };

  /**
   * Makes no order yet.
   *
   * @param options sizes and key
   * @throws {OptionsError} when an option is missing, unknown or out of range
   */
  constructor(options: PermutationMixerOptions) {
    checkOptions("create PermutationMixer", OPTIONS, options);
    this.numTotalSamples = options.numTotalSamples;
    this.numMinibatches = options.numMinibatches;
    this.batchSize = Math.min(options.batchSize, options.numTotalSamples);
    this.numMinibatchesPerEpoch = Math.ceil(this.numTotalSamples / this.batchSize);
    this.numEpochs = Math.ceil(this.numMinibatches / this.numMinibatchesPerEpoch);
    this.#keys = [options.key];
  }

  /**
   * The samples of a minibatch. Minibatches may be asked for in any order, but one epoch after another is
   * cheapest.
   *
   * @param i an integer in [0, numMinibatches)
   * @returns their indices, [batchSize], or fewer at the end of an epoch; a copy
   * @throws {RangeError} when there is no such minibatch
   */
  batch(i: number): Uint32Array<ArrayBuffer> {
    const target = new Uint32Array(this.batchSize);
    return target.slice(0, this.writeBatch(i, target));
  }

  /**
   * Writes the samples of a minibatch where there is room for them, as {@linkcode batch} gives them.
   *
   * @param i an integer in [0, numMinibatches)
   * @param target takes the indices; what lies beside them is left as it is
   * @param at where they start, an integer >= 0, default 0
   * @returns how many there are
   * @throws {RangeError} when there is no such minibatch, or no room for it
   */
  writeBatch(i: number, target: Uint32Array, at = 0): number {
    const { epoch, batch } = this.info(i);
    const samples = this.#samplesOf(epoch);
    const first = batch * this.batchSize;
    const size = Math.min(this.batchSize, samples.length - first);
    if (!(Number.isInteger(at) && at >= 0 && at + size <= target.length)) {
      throw new RangeError(
        `Cannot write minibatch of PermutationMixer as at must be an integer with room for ${size} indices behind it ` +
          `(target has ${target.length}): current at is ${at}`,
      );
    }
    for (let k = 0; k < size; k++) target[at + k] = samples[first + k]!;
    return size;
  }

  /**
   * Where a minibatch stands.
   *
   * @param i an integer in [0, numMinibatches)
   * @throws {RangeError} when there is no such minibatch
   */
  info(i: number): MinibatchInfo {
    if (!(Number.isInteger(i) && i >= 0 && i < this.numMinibatches)) {
      throw new RangeError(
        "Cannot locate minibatch of PermutationMixer as the index must be an integer in " +
          `[0, ${this.numMinibatches}): current index is ${i}`,
      );
    }
    return { epoch: Math.floor(i / this.numMinibatchesPerEpoch), batch: i % this.numMinibatchesPerEpoch };
  }

  #samplesOf(epoch: number): Uint32Array<ArrayBuffer> {
    if (this.#order.epoch !== epoch) {
      while (this.#keys.length <= epoch) this.#keys.push(split(this.#keys.at(-1)!)[0]);
      this.#order = { epoch, samples: this.#orderOf(this.#keys[epoch]!) };
    }
    return this.#order.samples;
  }

  #orderOf(key: Key): Uint32Array<ArrayBuffer> {
    if (this.numTotalSamples > MANY_SAMPLES) return permutation(key, this.numTotalSamples);
    this.#shuffle ??= new Shuffle(this.numTotalSamples);
    return this.#shuffle.orderOf(key);
  }
}
