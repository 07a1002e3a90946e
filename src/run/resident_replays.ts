/**
 * Which states the resident kernel makes again from one that it keeps in a register, instead of fetching them.
 *
 * @module
 */
import type { Action } from "../tape/program.ts";

/** Up to so many spans all states are made again from the first: nothing has to be exchanged with storage then. */
const SPANS_WITHOUT_STORAGE = 3;

/** How a state is made again. */
export interface Replay {
  /** The state to start from. */
  readonly base: number;
  /** How many applications follow. */
  readonly count: number;
}

/** Where a state comes from. */
interface Origin {
  /** The state to which the function was applied; null where it was loaded. */
  readonly input: number | null;
  /** How many applications lie between it and what was loaded. */
  readonly depth: number;
}

/** The states of a program whose only function has one state as its input, as far as its table is made. */
export class Replays {
  readonly #origins = new Map<number, Origin>();
  readonly #span: number;
  /** The states whose slots are theirs now. */
  readonly #stored = new Set<number>();
  /** The state in the register beside the current one. */
  #kept: number | null = null;

  /**
   * @param actions the program's
   * @param span how many states in a row are made from one, where the program is long
   */
  constructor(actions: readonly Action[], span: number) {
    let longest = 0;
    for (const action of actions) {
      if (action.kind === "load") this.#origins.set(action.state, { input: null, depth: 0 });
      if (action.kind !== "forward") continue;
      const input = action.inputs[0]!;
      const depth = this.#origins.get(input)!.depth + 1;
      this.#origins.set(action.state, { input, depth });
      longest = Math.max(longest, depth);
    }
    this.#span = longest <= SPANS_WITHOUT_STORAGE * span ? Infinity : span;
  }

  /** The slot of a state is its own from now on, so that it can be stored there. */
  allocate(state: number): void {
    this.#stored.add(state);
  }

  /** It is another's from now on. */
  free(state: number): void {
    this.#stored.delete(state);
  }

  /** A state is kept, or none. */
  keep(state: number | null): void {
    this.#kept = state;
  }

  /** Whether a state is kept. */
  isKept(state: number): boolean {
    return state === this.#kept;
  }

  /** Whether a state was loaded, and not made of another one. */
  isLoaded(state: number): boolean {
    return this.#origins.get(state)!.input === null;
  }

  /**
   * How to make a state again: from the kept one, from where its span starts, or else from the farthest in it that can be
   * fetched, so that those between are made from it, too.
   */
  of(state: number): Replay {
    let farthest: Replay | null = null;
    let base = state;
    for (let count = 0; count < this.#span; count++) {
      const { input, depth } = this.#origins.get(base)!;
      if (this.isKept(base)) return { base, count };
      if (input === null || this.#stored.has(base)) {
        farthest = { base, count };
        if (depth % this.#span === 0) break;
      }
      if (input === null) break;
      base = input;
    }
    return farthest!;
  }
}
