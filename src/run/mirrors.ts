/**
 * Mirrors: copies in textures of tensors of which functions read much. A software adapter loads texels several times as
 * fast as elements of a buffer, and copies as fast as memory does; what is read only a few times is not worth it.
 *
 * @module
 */
import type { FusedNode } from "../graph/fuse.ts";
import { type Call, forwardCalls, readsOf } from "../graph/graph.ts";
import { TEXEL_BYTES } from "../gpu/memory.ts";
import type { RecordValues } from "../wgsl/record.ts";
import { TEXTURE_WIDTH } from "../wgsl/packed.ts";
import { isLaunched } from "./launched.ts";
import type { Unit } from "./model.ts";
import type { BufferSpec } from "./resources.ts";
import { strideOf } from "./strides.ts";

/** From so many loads of a tensor on, a copy pays: it ends a pass, which takes as long as they do. */
const LEAST_LOADS = 2 ** 16;

/** What lies in a mirror, and where it is copied from. */
export interface Mirrored {
  /** The key of the texture. */
  readonly mirror: string;
  /** The key of the buffer. */
  readonly source: string;
  /** The slot in it, in terms of the action's record; null where it has none. */
  readonly slot: string | null;
  /** The floats of a slot. */
  readonly floats: number;
}

/** The tensors that calls of a unit read from mirrors. */
export class Mirrors {
  /** The keys of the textures, and the floats that each holds. */
  readonly textures: ReadonlyMap<string, number>;
  readonly #names = new Map<string, Set<string>>();
  readonly #nodes: readonly FusedNode[];

  /**
   * @param unit the unit
   * @param rows the samples of a batch, those of all members
   * @param maxTextureRows how many rows a texture may have
   */
  constructor(unit: Unit, rows: number, maxTextureRows: number) {
    const { graph, adjoint } = unit;
    this.#nodes = graph.nodes;
    const loads = new Map<string, number>();
    const calls = [...forwardCalls(graph), ...adjoint].filter((call) => isLaunched(unit, call));
    const reads = calls.flatMap((call) =>
      readsOf(call).filter(({ id }) => liesInSlot(unit, id)).map(({ name, id }) => {
        const phase = this.#phaseOf(call);
        return { phase, name: name ?? "", id, key: `${phase} ${name}`, loads: loadsOf(call, name) };
      })
    );
    for (const { key, loads: more } of reads) loads.set(key, (loads.get(key) ?? 0) + rows * more);
    const textures = new Map<string, number>();
    for (const { phase, name, id, key } of reads) {
      const stride = strideOf(graph.vars[id]!.shape);
      if (loads.get(key)! < LEAST_LOADS || rowsOf(rows * stride) > maxTextureRows) continue;
      this.#names.set(phase, (this.#names.get(phase) ?? new Set()).add(name));
      textures.set(mirrorKey(name, stride), rows * stride);
    }
    this.textures = textures;
  }

  /** Whether a call reads a tensor from a mirror. */
  has(call: Call, name: string): boolean {
    return loadsOf(call, name) > 0 && (this.#names.get(this.#phaseOf(call))?.has(name) ?? false);
  }

  /** Calls of a node that follow each other: a copy serves all of them. */
  #phaseOf({ node, fn }: Call): string {
    return `${this.#nodes.indexOf(node)} ${fn === "forward"}`;
  }
}

/** How many loads of a tensor a call makes for a sample, where it is known. */
function loadsOf({ node, fn }: Call, name: string | null): number {
  return fn in node.blockedCalls ? node.op.loadsOf(node.constants)[fn]?.[name ?? ""] ?? 0 : 0;
}

/** Whether the samples of a tensor, or of its cotangent, lie one behind the other in a slot; those of a loss are few. */
function liesInSlot({ graph, stateKinds, batchReduction }: Unit, id: number): boolean {
  const { source } = graph.vars[id]!;
  if (batchReduction !== null) return false;
  return source.kind === "result" || (source.kind === "state" && stateKinds[source.index] === "state");
}

const rowsOf = (floats: number): number => Math.ceil(4 * floats / TEXEL_BYTES / TEXTURE_WIDTH);

/** The key of the mirror of tensors of a name in ops' texts, and of a size. */
export function mirrorKey(name: string, stride: number): string {
  return `mirror ${name} ${stride}`;
}

/** The textures of the mirrors of units. */
export function mirrorBuffers(mirrors: readonly Mirrors[]): BufferSpec[] {
  const textures = new Map(mirrors.flatMap(({ textures }) => [...textures]));
  return [...textures].map(([key, floats]) => (
    { key, kind: "activations", bytes: rowsOf(floats) * TEXTURE_WIDTH * TEXEL_BYTES, isTexture: true }
  ));
}

/** The first byte of what is copied in an action. */
export function mirroredFrom({ slot, floats }: Mirrored, record: RecordValues): number {
  const [, field, index] = slot?.match(/^action\.(\w+)(?:\[(\d+)\])?$/) ?? [];
  const value = field === undefined ? 0 : record[field]!;
  return 4 * floats * (typeof value === "number" ? value : value[Number(index)]!);
}
