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
 * Enciphers blocks of two words in place: (x0[i], x1[i]) is the counter before and the random block after. The rotations
 * are written out, as looking them up takes half of the time.
 *
 * @param words the two words of the key
 * @param x0 first words, [n]
 * @param x1 second words, [n]
 */
export function threefry2x32(words: readonly [number, number], x0: Uint32Array, x1: Uint32Array): void {
  const schedule = [words[0], words[1], words[0] ^ words[1] ^ PARITY] as const;
  for (let i = 0; i < x0.length; i++) {
    let a = (x0[i]! + schedule[0]) | 0;
    let b = (x1[i]! + schedule[1]) | 0;
    for (let group = 1; group <= 5; group++) {
      if (group % 2 === 1) {
        a = (a + b) | 0;
        b = rotated(b, 13) ^ a;
        a = (a + b) | 0;
        b = rotated(b, 15) ^ a;
        a = (a + b) | 0;
        b = rotated(b, 26) ^ a;
        a = (a + b) | 0;
        b = rotated(b, 6) ^ a;
      } else {
        a = (a + b) | 0;
        b = rotated(b, 17) ^ a;
        a = (a + b) | 0;
        b = rotated(b, 29) ^ a;
        a = (a + b) | 0;
        b = rotated(b, 16) ^ a;
        a = (a + b) | 0;
        b = rotated(b, 24) ^ a;
      }
      a = (a + schedule[group % 3]!) | 0;
      b = (b + schedule[(group + 1) % 3]! + group) | 0;
    }
    x0[i] = a;
    x1[i] = b;
  }
}
