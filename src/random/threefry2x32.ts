/**
 * The block cipher threefry2x32 with 20 rounds, the source of all random numbers here.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
 * https://doi.org/10.1145/2063384.2063405.
 *
 * @module
 */

/** The constant that completes the key schedule: the xor of all key words and this one is its last word. */
const PARITY = 0x1bd11bda;

/** A word with its bits moved up, those that leave coming in again below. */
const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/**
 * Enciphers blocks of two words in place: (x0[i], x1[i]) is the counter before and the random block after. All blocks go
 * through four rounds before the next four. Every number is a signed integer, as V8 computes in floating point where one
 * may be 2^31 or more, 27 ns a block instead of 12; and each list of rotations has a loop of its own, as rotations by
 * variables take 15.
 *
 * @param words the two words of the key
 * @param x0 first words, [n]
 * @param x1 second words, [n]
 */
export function threefry2x32([k0, k1]: readonly [number, number], x0: Uint32Array, x1: Uint32Array): void {
  const k2 = k0 ^ k1 ^ PARITY;
  addKey(x0, x1, k0 | 0, k1 | 0);
  oddRounds(x0, x1, k1 | 0, (k2 + 1) | 0);
  evenRounds(x0, x1, k2, (k0 + 2) | 0);
  oddRounds(x0, x1, k0 | 0, (k1 + 3) | 0);
  evenRounds(x0, x1, k1 | 0, (k2 + 4) | 0);
  oddRounds(x0, x1, k2, (k0 + 5) | 0);
}

function addKey(x0: Uint32Array, x1: Uint32Array, add0: number, add1: number): void {
  for (let i = 0; i < x0.length; i++) {
    x0[i] = (x0[i]! + add0) | 0;
    x1[i] = (x1[i]! + add1) | 0;
  }
}

/** The first, third and fifth four rounds, and the words of the key that are added behind them. */
function oddRounds(x0: Uint32Array, x1: Uint32Array, add0: number, add1: number): void {
  for (let i = 0; i < x0.length; i++) {
    let a = x0[i]! | 0;
    let b = x1[i]! | 0;
    a = (a + b) | 0;
    b = rotated(b, 13) ^ a;
    a = (a + b) | 0;
    b = rotated(b, 15) ^ a;
    a = (a + b) | 0;
    b = rotated(b, 26) ^ a;
    a = (a + b) | 0;
    b = rotated(b, 6) ^ a;
    x0[i] = (a + add0) | 0;
    x1[i] = (b + add1) | 0;
  }
}

/** The same for the second and fourth. */
function evenRounds(x0: Uint32Array, x1: Uint32Array, add0: number, add1: number): void {
  for (let i = 0; i < x0.length; i++) {
    let a = x0[i]! | 0;
    let b = x1[i]! | 0;
    a = (a + b) | 0;
    b = rotated(b, 17) ^ a;
    a = (a + b) | 0;
    b = rotated(b, 29) ^ a;
    a = (a + b) | 0;
    b = rotated(b, 16) ^ a;
    a = (a + b) | 0;
    b = rotated(b, 24) ^ a;
    x0[i] = (a + add0) | 0;
    x1[i] = (b + add1) | 0;
  }
}
