/**
 * Mirrors: copies in textures of tensors of which functions read much. A software adapter loads texels several times as
 * fast as elements of a buffer, and copies as fast as memory does; what is read only a few times is not worth it.
 *
 * @module
 */
import { type Call, type Graph, readsOf } from "../graph/graph.ts";
import { type Located, type Slot, slotIn } from "./locations.ts";
import type { RecordValues } from "../wgsl/record.ts";
import { launchedCalls } from "./launched.ts";
import type { Unit } from "./model.ts";
import type { BufferSpec } from "./resources.ts";
import { strideOf } from "./strides.ts";
import { textureBytes, textureRows } from "./texels.ts";

/** From so many loads of a tensor on, a copy pays: it ends a pass, which takes as long as they do. */
const LEAST_LOADS = 2 ** 16;
/** How many tensors a call reads from mirrors, at most: with packed weights as many textures as every device binds. */
const MOST_MIRRORS = 3;

/** What lies in a mirror, and where it is copied from. */
export interface Mirrored {
  /** The key of the texture. */
  readonly mirror: string;
  /** The key of the buffer. */
  readonly source: string;
  /** The slot in it; null where there is only one. */
  readonly slot: Slot | null;
  /** The floats of a slot. */
  readonly floats: number;
}

/** Whether two calls are of one node and both forward or both adjoint: they follow each other, and share copies. */
export function shareCopies(a: Call, b: Call): boolean {
  return a.node === b.node && (a.fn === "forward") === (b.fn === "forward");
}

/** A tensor that calls which share copies read, and how often. */
interface Reading {
  readonly call: Call;
  readonly name: string;
  readonly stride: number;
  loads: number;
}

/** The tensors that calls of a unit read from mirrors. */
export class Mirrors {
  /** The keys of the textures, and the floats that each holds. */
  readonly textures: ReadonlyMap<string, number>;
  readonly #graph: Graph;
  readonly #rows: number;
  readonly #readings: readonly Reading[];

  /**
   * @param unit the unit
   * @param rows the samples of a batch, those of all members
   * @param maxTextureRows how many rows a texture may have
   */
  constructor(unit: Unit, rows: number, maxTextureRows: number) {
    this.#graph = unit.graph;
    this.#rows = rows;
    const readings: Reading[] = [];
    for (const call of launchedCalls(unit)) {
      for (const { name, id } of readsOf(call)) {
        const loads = name === null ? 0 : rows * loadsOf(call, name);
        const stride = strideOf(unit.graph.vars[id]!.shape);
        if (loads === 0 || !liesInSlot(unit, id) || textureRows(rows * stride / 4) > maxTextureRows) continue;
        const known = readings.find((other) => shareCopies(other.call, call) && other.name === name);
        if (known) known.loads += loads;
        else readings.push({ call, name: name!, stride, loads });
      }
    }
    const worth = readings.filter(({ loads }) => loads >= LEAST_LOADS);
    this.#readings = worth.filter((reading, i) =>
      worth.slice(0, i).filter(({ call }) => shareCopies(call, reading.call)).length < MOST_MIRRORS
    );
    this.textures = new Map(
      this.#readings.map(({ name, stride }) => [mirrorKey(name, stride), this.#floats(stride)]),
    );
  }

  /**
   * What a call reads from a mirror instead of where it lies; null for what it does not.
   *
   * @param call the call
   * @param name the tensor's name in the op's text
   * @param id its variable
   * @param at where it lies
   */
  of(
    call: Call,
    name: string,
    id: number,
    { key, slot }: Pick<Located, "key" | "slot">,
  ): Mirrored | null {
    const isRead = loadsOf(call, name) > 0 &&
      this.#readings.some((reading) => shareCopies(reading.call, call) && reading.name === name);
    if (!isRead) return null;
    const stride = strideOf(this.#graph.vars[id]!.shape);
    return { mirror: mirrorKey(name, stride), source: key, slot: slot ?? null, floats: this.#floats(stride) };
  }

  #floats(stride: number): number {
    return this.#rows * stride;
  }
}

/** How many loads of a tensor a call makes for a sample, where it is known. */
function loadsOf({ node, fn }: Call, name: string): number {
  return fn in node.blockedCalls ? node.op.loadsOf(node.constants)[fn]?.[name] ?? 0 : 0;
}

/** Whether the samples of a tensor, or of its cotangent, lie one behind the other in a slot; those of a loss are few. */
function liesInSlot({ graph, stateKinds, batchReduction }: Unit, id: number): boolean {
  const { source } = graph.vars[id]!;
  if (batchReduction !== null) return false;
  return source.kind === "result" || (source.kind === "state" && stateKinds[source.index] === "state");
}

const mirrorKey = (name: string, stride: number): string => `mirror ${name} ${stride}`;

/** The textures of the mirrors of units. */
export function mirrorBuffers(mirrors: readonly Mirrors[]): BufferSpec[] {
  const textures = new Map(mirrors.flatMap(({ textures }) => [...textures]));
  return [...textures].map(([key, floats]) => (
    { key, kind: "activations", bytes: textureBytes(floats / 4), isTexture: true }
  ));
}

/** The first byte of what is copied in an action with a record. */
export function mirroredFrom(
  { slot, floats }: Pick<Mirrored, "slot" | "floats">,
  record: RecordValues,
): number {
  return slot === null ? 0 : 4 * floats * slotIn(record, slot);
}
