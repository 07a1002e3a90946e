/**
 * What the resident kernel can do, and the numbers by which the table of actions asks for it.
 *
 * @module
 */
import type { KernelOptions } from "./kernel.ts";

/**
 * A move between a register and storage, for the current sample: `load` reads a snapshot, `fetch` a slot; `add` adds a
 * slot to the register, `accumulate` the register to a slot; `stash` writes a slot.
 */
export interface Move {
  /** What it does. */
  readonly kind: "load" | "fetch" | "add" | "stash" | "accumulate";
  /** The register. */
  readonly register: string;
  /** How many floats, a multiple of 4. */
  readonly stride: number;
}

/** A tensor that is read once: trained parameters, or constants of a unit. */
export interface Leaf {
  /** The register that it is read into. */
  readonly register: string;
  /** Whether it lies among the trained parameters, and not among the constants. */
  readonly isParameter: boolean;
  /** Where it lies there, in floats. */
  readonly offset: number;
  /** Its floats. */
  readonly size: number;
  /** The same, rounded up to a multiple of 4. */
  readonly floats: number;
  /** The register of its cotangent; null where none is wanted. */
  readonly bar: string | null;
}

/** A function or loss with its tensors in registers. */
export interface ResidentUnit {
  /** Its name. */
  readonly name: string;
  /** The calls of an application. */
  readonly forward: readonly KernelOptions[];
  /** The calls of an adjoint, those included that make inner results again. */
  readonly adjoint: readonly KernelOptions[];
  /** The floats of its result, rounded up to a multiple of 4. */
  readonly stride: number;
  /** The inputs whose cotangents its adjoint gives. */
  readonly bars: readonly { readonly input: number; readonly stride: number }[];
  /** For a loss: whether it is a mean over the batch, and the stride of a target that is read in the trajectories. */
  readonly loss: { readonly isMean: boolean; readonly targetStride: number | null } | null;
}

/** Everything that the resident kernel can do. */
export interface ResidentText {
  /** The functions, then the losses. */
  readonly units: readonly ResidentUnit[];
  /** The tensors in private memory, and their floats. */
  readonly registers: ReadonlyMap<string, number>;
  /** The moves that a program may need. */
  readonly moves: readonly Move[];
  /** What is read before a sample is looked at. */
  readonly leaves: readonly Leaf[];
  /** The trained parameters whose cotangents are none of the leaves': they are zeros. */
  readonly unreached: readonly { readonly offset: number; readonly size: number }[];
  /** The floats of all constants. */
  readonly constants: number;
}

/** The floats on the way between registers and storage: as many as the longest register has. */
export function movedFloats({ registers }: ResidentText): number {
  return Math.max(...registers.values());
}

/** Bits of an entry's first word, above its kind. */
export const RouteBit = {
  /** The result is stored, too. */
  stores: 1 << 8,
  /** The cotangent of an input becomes the current one. */
  taken: (input: number): number => 1 << (9 + input),
  /** It does so by being added to it. */
  adds: (input: number): number => 1 << (13 + input),
};

/** The kinds of moves outside of the loops; those of a kind share one access to storage, where they are equally long. */
const OUTER_MOVES: readonly Move["kind"][] = ["load", "stash", "accumulate"];

/** The kinds of entries, numbered from 1: moves, forwards, reversals. */
export class KindTable {
  /** The first kind that is a forward. */
  readonly firstForward: number;
  /** The first kind that is a loss, an adjoint, or a move between the two. */
  readonly firstReversal: number;
  /** Moves outside of the loops, those together that share one access to storage. */
  readonly outerMoves: readonly (readonly Move[])[];
  /** Moves in the loop of reversals, most of which fetch what the next one reads; those together that share an access. */
  readonly fetches: readonly (readonly Move[])[];
  readonly #kinds = new Map<string, number>();

  /** @param text what the kernel can do */
  constructor({ units, moves }: ResidentText) {
    const add = (label: string) => this.#kinds.set(label, this.#kinds.size + 1);
    const byStride = (
      ...kinds: Move["kind"][]
    ) => [...Map.groupBy(moves.filter(({ kind }) => kinds.includes(kind)), ({ stride }) => stride).values()];
    this.fetches = byStride("fetch", "add");
    this.outerMoves = OUTER_MOVES.flatMap((kind) => byStride(kind));
    this.outerMoves.flat().forEach((move) => add(KindTable.labelOf(move)));
    this.firstForward = this.#kinds.size + 1;
    const functions = units.filter(({ loss }) => loss === null);
    functions.forEach(({ name }) => add(`forward ${name}`));
    this.firstReversal = this.#kinds.size + 1;
    units.filter(({ loss }) => loss !== null).forEach(({ name }) => add(`loss ${name}`));
    this.fetches.flat().forEach((move) => add(KindTable.labelOf(move)));
    functions.filter(({ adjoint }) => adjoint.length > 0).forEach(({ name }) => add(`adjoint ${name}`));
  }

  /** The label of a move's kind. */
  static labelOf({ kind, register, stride }: Move): string {
    return `${kind} ${register} ${stride}`;
  }

  /** How many kinds there are. */
  get size(): number {
    return this.#kinds.size;
  }

  /** The number of a kind by its label. */
  of(label: string): number {
    return this.#kinds.get(label)!;
  }
}
