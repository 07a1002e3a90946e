/**
 * Which states the resident kernel makes again from those that it keeps in registers, instead of fetching them.
 *
 * @module
 */
import type { Action } from "../tape/program.ts";
import type { Splits } from "./resident_splits.ts";

/** Up to so many spans all states are made again from the first: nothing has to be exchanged with storage then. */
const SPANS_WITHOUT_STORAGE = 3;

/** How a state is made again. */
export interface Replay {
  /** The state to start from. */
  readonly base: number;
  /** How many applications lead to a state that is set midway, from which it goes on; 0 where none is set. */
  readonly first: number;
  /** How many follow. */
  readonly count: number;
}

/** Where a state comes from. */
interface Origin {
  /** The state to which the function was applied; null where it was loaded. */
  readonly input: number | null;
  /** How many applications lie between it and what was loaded. */
  readonly depth: number;
}

/** The depths of the states that adjoints read, of those that are made from one. */
interface Wanted {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The states of a program whose only function has one state as its input, as far as its table is made. Two registers
 * beside the current state hold one each: the kept one, and one midway to what is read next.
 */
export class Replays {
  readonly #origins = new Map<number, Origin>();
  readonly #wanted = new Map<number, Wanted>();
  readonly #span: number;
  readonly #splits: Splits;
  /** The depth of the last start of a span. */
  readonly #lastStart: number;
  /** The states whose slots are theirs now. */
  readonly #stored = new Set<number>();
  #kept: number | null = null;
  #midway: number | null = null;

  /**
   * @param actions the program's
   * @param span how many states in a row are made from one, where the program is long
   * @param splits where a state is set midway
   */
  constructor(actions: readonly Action[], span: number, splits: Splits) {
    this.#splits = splits;
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
    for (const action of actions) if (action.kind === "adjoint") this.#want(action.inputs[0]!);
    this.#lastStart = Math.max(0, ...[...this.#wanted.keys()].map((start) => this.#depthOf(start)));
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

  /** A state is set midway, or none. */
  setMidway(state: number | null): void {
    this.#midway = state;
  }

  /** Whether a state is there. */
  isMidway(state: number): boolean {
    return state === this.#midway;
  }

  /** Whether a state that is made for the first time should be set midway: the first to be so of the last span. */
  isSetAtOnce(state: number): boolean {
    const start = this.#startOf(state);
    const depth = this.#depthOf(start);
    const wanted = this.#wanted.get(start);
    if (wanted === undefined || depth !== this.#lastStart) return false;
    const { first } = this.#splits.way(wanted.lowest - depth, wanted.highest - depth);
    return first > 0 && first === this.#depthOf(state) - depth;
  }

  /** Whether a state was loaded, and not made of another one. */
  isLoaded(state: number): boolean {
    return this.#origins.get(state)!.input === null;
  }

  /** The state so many applications before another. */
  before(state: number, count: number): number {
    for (let i = 0; i < count; i++) state = this.#origins.get(state)!.input!;
    return state;
  }

  /**
   * How to make a state again: from one in a register, from where its span starts, or else from the farthest in it that
   * can be fetched, so that those between are made from it, too.
   */
  of(state: number): Replay {
    let farthest: Replay | null = null;
    let base = state;
    for (let count = 0; count < this.#span; count++) {
      const { input, depth } = this.#origins.get(base)!;
      if (this.isMidway(base)) return { base, first: 0, count };
      if (this.isKept(base)) return this.#from(base, count);
      if (input === null || this.#stored.has(base)) {
        farthest = this.#from(base, count);
        if (depth % this.#span === 0) break;
      }
      if (input === null) break;
      base = input;
    }
    return farthest!;
  }

  /** From a state that stays where it is, so many applications on. */
  #from(base: number, count: number): Replay {
    const wanted = this.#wanted.get(this.#startOf(base));
    const lowest = Math.max(0, (wanted?.lowest ?? 0) - this.#depthOf(base));
    const { first } = this.#splits.way(Math.min(lowest, count), count);
    return { base, first, count: count - first };
  }

  #depthOf(state: number): number {
    return this.#origins.get(state)!.depth;
  }

  /** Where the span of a state starts. */
  #startOf(state: number): number {
    const { input, depth } = this.#origins.get(state)!;
    return input === null || depth % this.#span === 0 ? state : this.#startOf(input);
  }

  #want(state: number): void {
    const start = this.#startOf(state);
    const depth = this.#depthOf(state);
    const { lowest, highest } = this.#wanted.get(start) ?? { lowest: depth, highest: depth };
    this.#wanted.set(start, { lowest: Math.min(lowest, depth), highest: Math.max(highest, depth) });
  }
}
