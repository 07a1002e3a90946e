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

/** One of several tensors of trained parameters whose numbers are counted from the first tensor on. */
export interface TrainedLeaf {
  /** Where it lies among the parameters, in floats. */
  readonly offset: number;
  /** The number of its first one. */
  readonly start: number;
  /** How many there are, rounded up to a multiple of 4. */
  readonly floats: number;
}

/** One with a gradient. */
export interface SummedLeaf extends TrainedLeaf {
  /** The register of its cotangent. */
  readonly bar: string;
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
  /** The trained parameters whose cotangents are added up, over samples and lanes. */
  readonly summed: readonly SummedLeaf[];
  /** Those that no gradient reaches. */
  readonly unreached: readonly TrainedLeaf[];
  /** The floats of all constants. */
  readonly constants: number;
  /**
   * How many states in a row are made again from one that is kept, before another is fetched; null where each is
   * fetched that is read later.
   */
  readonly replaySpan: number | null;
}

/** The floats on the way between registers and storage: as many as the longest register has. */
export function movedFloats({ registers }: ResidentText): number {
  return Math.max(...registers.values());
}

/** How many numbers tensors of trained parameters have. */
export function countNumbers(leaves: readonly TrainedLeaf[]): number {
  return leaves.reduce((sum, { floats }) => sum + floats, 0);
}

/** How many calls of op functions kernels make: an element, or a summand of one, each. */
export function numCalls(kernels: readonly KernelOptions[]): number {
  return kernels.reduce((sum, { calls, summands }) => sum + calls * Math.max(1, summands), 0);
}

/** The bits of an entry's first word that say what it does; 0 ends the page. */
export const KIND = 0xff;

/** Bits of an entry's first word, above its kind. */
export const EntryBit = {
  /** The result is stored, too. */
  stores: 1 << 8,
  /** The cotangent of an input becomes the current one. */
  taken: (input: number): number => 1 << (9 + input),
  /** It does so by being added to it. */
  adds: (input: number): number => 1 << (13 + input),
  /** The state that is kept becomes the current one, */
  restores: 1 << 17,
  /** or the one midway. */
  restoresMidway: 1 << 18,
  /** The result is set midway. */
  setsMidway: 1 << 19,
};

/** Moves that share one access to storage: of one kind, or of two that differ in what becomes of it; equally long. */
type MoveGroup = readonly Move[];

/**
 * The kinds of entries, numbered from 1: exchanges with storage in the outermost loop, loads, forwards, reversals. Where
 * states are not made again, forwards store what they make, and fetches are among the reversals.
 */
export class KindTable {
  /** The first kind that is a load. */
  readonly firstLoad: number;
  /** The first kind that is a forward. */
  readonly firstForward: number;
  /** The first kind that is a loss, an adjoint, or a move between the two. */
  readonly firstReversal: number;
  /** The first kind that is an adjoint, behind all others. */
  readonly firstAdjoint: number;
  /** Exchanges with storage in the outermost loop, which is left out where a program has none. */
  readonly exchanges: readonly MoveGroup[];
  /** Loads of snapshots. */
  readonly loads: readonly MoveGroup[];
  /** Fetches in the loop of reversals: where states are not made again, most fetch what the next reversal reads. */
  readonly fetches: readonly MoveGroup[];
  /** The loops of a pass over forwards or reversals that turn once where no entry is carried out there. */
  readonly loopsOfPass: number;
  readonly #kinds = new Map<string, number>();

  /** @param text what the kernel can do */
  constructor({ units, moves, replaySpan }: ResidentText) {
    this.loopsOfPass = replaySpan === null ? 0 : 1;
    const add = (label: string) => this.#kinds.set(label, this.#kinds.size + 1);
    const addMoves = (groups: readonly MoveGroup[]) =>
      groups.flat().forEach((move) => add(KindTable.labelOf(move)));
    const byStride = (
      ...kinds: Move["kind"][]
    ) => [...Map.groupBy(moves.filter(({ kind }) => kinds.includes(kind)), ({ stride }) => stride).values()];
    const fetches = byStride("fetch", "add");
    this.exchanges = [
      ...byStride("stash"),
      ...byStride("accumulate"),
      ...(replaySpan === null ? [] : fetches),
    ];
    this.loads = byStride("load");
    this.fetches = replaySpan === null ? fetches : [];
    addMoves(this.exchanges);
    this.firstLoad = this.#kinds.size + 1;
    addMoves(this.loads);
    this.firstForward = this.#kinds.size + 1;
    const functions = units.filter(({ loss }) => loss === null);
    functions.forEach(({ name }) => add(`forward ${name}`));
    this.firstReversal = this.#kinds.size + 1;
    units.filter(({ loss }) => loss !== null).forEach(({ name }) => add(`loss ${name}`));
    addMoves(this.fetches);
    this.firstAdjoint = this.#kinds.size + 1;
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

  /** Whether a kind is a forward. */
  isForward(kind: number): boolean {
    return kind >= this.firstForward && kind < this.firstReversal;
  }

  /** How often an entry applies a function to make a state, or make it again; 0 where entries do not say. */
  repeatsOf([word, , count]: readonly number[]): number {
    const kind = word! & KIND;
    return this.loopsOfPass > 0 && (this.isForward(kind) || kind >= this.firstAdjoint) ? count! : 0;
  }

  /**
   * The number of a kind by its label.
   *
   * @throws {TypeError} when there is no such kind: 0 would end the page
   */
  of(label: string): number {
    const kind = this.#kinds.get(label);
    if (kind !== undefined) return kind;
    throw new TypeError(
      `Cannot number a kind of entries as its label must be one of ${[...this.#kinds.keys()].join(", ")}: ` +
        `current label is ${label}`,
    );
  }
}
