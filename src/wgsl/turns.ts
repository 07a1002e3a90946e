/**
 * Loop turns: how often the loops of an op's function turn in a call. A software adapter may leave all loops of a lane
 * once they have turned a number of times together.
 *
 * @module
 */
import { knownValues } from "./known_values.ts";
import { closing } from "./op_text.ts";
import type { OpModule } from "./use.ts";

/** How often the block of a loop is run, at most, whose variable is halved or its bits moved down. */
const HALVINGS = 32;

/**
 * The turns of a loop and of those inside of it: once more than its block is run, to find its end.
 *
 * @param rounds how often the block is run, rounded up
 * @param inner the turns inside of a round; default 0
 */
export function loopTurns(rounds: number, inner = 0): number {
  return (Math.ceil(rounds) + 1) * (1 + inner);
}

/**
 * The loop turns of a call of an op's function, at most: both sides of a branch count, and what a loop calls counts in
 * each of its turns. How often a loop turns is known of `for (var i = a; i < b; i += c)` with b and c made of constants,
 * also where `&&` adds other conditions; any other counts as one turn.
 *
 * @param op the op; its text without comments
 * @param constants its constants
 * @param fn the function
 */
export function turnsOf(op: OpModule, constants: Readonly<Record<string, number>>, fn: string): number {
  if (!/\b(?:for|while|loop)\b/.test(op.wgsl)) return 0;
  return new Counter(op.wgsl, constants).ofFunction(fn);
}

class Counter {
  readonly #bodies: ReadonlyMap<string, string>;
  readonly #valueOf: ReturnType<typeof knownValues>;
  readonly #turns = new Map<string, number>();

  constructor(text: string, constants: Readonly<Record<string, number>>) {
    this.#bodies = new Map(
      [...text.matchAll(/\bfn\s+(\w+)[^{]*\{/g)].map(({ 0: head, 1: name, index }) => {
        const open = index + head.length - 1;
        return [name!, text.slice(open, closing(text, open))];
      }),
    );
    this.#valueOf = knownValues(text, constants);
  }

  ofFunction(name: string): number {
    const known = this.#turns.get(name) ?? this.#of(this.#bodies.get(name)!);
    this.#turns.set(name, known);
    return known;
  }

  /** The turns of a stretch of text. */
  #of(text: string): number {
    const tokens = /\b(for|while|loop)\b|\b(\w+)\s*\(/g;
    let turns = 0;
    for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
      const [, loop, call] = token;
      if (loop === "for") {
        const open = text.indexOf("{", tokens.lastIndex);
        const end = closing(text, open);
        const inner = this.#of(text.slice(open, end));
        turns += this.#turnsOfFor(text.slice(tokens.lastIndex, open), inner);
        tokens.lastIndex = end;
      } else if (loop) turns++;
      else if (this.#bodies.has(call!)) turns += this.ofFunction(call!);
    }
    return turns;
  }

  /** The turns of a loop, by what stands between `for` and its block, and those inside. */
  #turnsOfFor(head: string, inner: number): number {
    const [start, condition, growth] = head.trim().slice(1, -1).split(";") as [string, string, string];
    if (/(?:\/|>>)=/.test(growth)) return loopTurns(HALVINGS, inner);
    const ends = condition.split("&&").map((part) => this.#number(part.match(/^\s*\w+\s*<([^=<].*)$/)?.[1]));
    const end = Math.min(...ends.filter((x) => x !== null));
    const step = growth.includes("++") ? 1 : this.#number(growth.match(/\+=(.*)$/)?.[1]);
    if (step === null || end === Infinity) return 1 + inner;
    return loopTurns(Math.max(0, (end - (this.#number(start.split("=")[1]) ?? 0)) / step), inner);
  }

  /** An integer that is known; null for any other expression. */
  #number(expression: string | undefined): number | null {
    const value = expression === undefined ? null : this.#valueOf(expression);
    return value && "int" in value ? value.int : null;
  }
}
