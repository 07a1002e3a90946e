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
 * Enciphers blocks of two words in place: (x0[i], x1[i]) is the counter before and the random block after. Two blocks at
 * a time, since one alone is a chain in which each operation waits for the last; and the rotations are written out, as
 * looking them up takes half of the time.
 *
 * @param words the two words of the key
 * @param x0 first words, [n]
 * @param x1 second words, [n]
 */
export function threefry2x32(words: readonly [number, number], x0: Uint32Array, x1: Uint32Array): void {
  const schedule = [words[0], words[1], words[0] ^ words[1] ^ PARITY] as const;
  for (let i = 0; i < x0.length; i += 2) {
    const j = Math.min(i + 1, x0.length - 1); // the last one twice where it has no partner
    let a = (x0[i]! + schedule[0]) | 0;
    let b = (x1[i]! + schedule[1]) | 0;
    let c = (x0[j]! + schedule[0]) | 0;
    let d = (x1[j]! + schedule[1]) | 0;
    for (let group = 1; group <= 5; group++) {
      if (group % 2 === 1) {
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 13) ^ a;
        d = rotated(d, 13) ^ c;
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 15) ^ a;
        d = rotated(d, 15) ^ c;
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 26) ^ a;
        d = rotated(d, 26) ^ c;
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 6) ^ a;
        d = rotated(d, 6) ^ c;
      } else {
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 17) ^ a;
        d = rotated(d, 17) ^ c;
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 29) ^ a;
        d = rotated(d, 29) ^ c;
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 16) ^ a;
        d = rotated(d, 16) ^ c;
        a = (a + b) | 0;
        c = (c + d) | 0;
        b = rotated(b, 24) ^ a;
        d = rotated(d, 24) ^ c;
      }
      const first = schedule[group % 3]!;
      const second = schedule[(group + 1) % 3]! + group;
      a = (a + first) | 0;
      b = (b + second) | 0;
      c = (c + first) | 0;
      d = (d + second) | 0;
    }
    x0[i] = a;
    x1[i] = b;
    x0[j] = c;
    x1[j] = d;
  }
}
