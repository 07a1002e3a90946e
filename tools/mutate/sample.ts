/**
 * Draws mutants in a fixed order.
 *
 * @module
 */
import type { Mutant } from "./mutants.ts";

/** Numbers in [0, 1) from a seed: a linear congruential generator modulo 2^32, its high bits only. */
function* uniforms(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  while (true) {
    for (let i = 0; i < 4; i++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state >>> 8) / 2 ** 24;
  }
}

/** All mutants in random order, but first one of each file: whatever is drawn from the front covers every file. */
export function shuffled(mutants: readonly Mutant[], seed: number): Mutant[] {
  const random = uniforms(seed);
  const order = [...mutants];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.next().value * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const first = new Set(new Map(order.toReversed().map((mutant) => [mutant.path, mutant])).values());
  return [...order.filter((mutant) => first.has(mutant)), ...order.filter((mutant) => !first.has(mutant))];
}
