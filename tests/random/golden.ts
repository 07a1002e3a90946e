/** The numbers of jax.random, made by `tests/golden/random_numbers.py`, in the two layouts. */
import golden from "../golden/random_numbers.json" with { type: "json" };

/** Words of a list too long for a golden file: see `digest` in the script. */
export interface Digest {
  readonly size: number;
  readonly head: readonly number[];
  readonly tail: readonly number[];
  readonly hash: number;
}

/** The golden numbers of each layout with the options of `random.key` that choose it. */
export const layouts = [
  { name: "partitionable", options: {}, ...golden.partitionable },
  { name: "original", options: { partitionable: false }, ...golden.original },
] as const;

/** The golden words of `random.key`. */
export const keys = golden.keys;

/** The digest of what this library gave; floats stand as the words of their bits. */
export function digest(x: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Digest {
  const words = new Uint32Array(x.buffer, x.byteOffset, x.length);
  const hash = words.reduce((total, word) => (Math.imul(total, 31) + word) >>> 0, 0);
  return { size: words.length, head: [...words.subarray(0, 12)], tail: [...words.subarray(-3)], hash };
}

/** The digest fields of a golden entry. */
export function digestOf({ size, head, tail, hash }: Digest): Digest {
  return { size, head, tail, hash };
}
