/**
 * Where a second state is kept while states are made again from one.
 *
 * @module
 */

/** A way to make states again. */
interface Way {
  /** Applications in all, and what setting the second register costs, counted in such. */
  readonly cost: number;
  /** How many applications behind the start the second register is set first; 0 where it is not worth it. */
  readonly first: number;
}

/** The sum of 0, 1, ... n. */
const upTo = (n: number) => n * (n + 1) / 2;

/**
 * The cheapest ways to have states one after another, the last first, from a state at the start and one more that can be
 * set on the way, again and again: Griewank and Walther's "revolve" (ACM Algorithm 799, 2000) with two checkpoints, where
 * setting one has a price.
 */
export class Splits {
  readonly #setting: number;
  readonly #ways = new Map<string, Way>();

  /** @param setting what it costs to set the second register, in applications */
  constructor(setting: number) {
    this.#setting = setting;
  }

  /**
   * The cheapest way to the states from so many applications behind the start down to so many.
   *
   * @param lowest of the last state that is wanted
   * @param highest of the first one
   */
  way(lowest: number, highest: number): Way {
    const key = `${lowest} ${highest}`;
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    let best: Way = { cost: highest < lowest ? 0 : upTo(highest) - upTo(lowest - 1), first: 0 };
    for (let first = Math.max(1, lowest); first <= highest; first++) {
      const cost = this.#setting + first + upTo(highest - first) + this.way(lowest, first - 1).cost;
      if (cost < best.cost) best = { cost, first };
    }
    this.#ways.set(key, best);
    return best;
  }
}
