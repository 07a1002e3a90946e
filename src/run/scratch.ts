/**
 * Scratch: places of the inner tensors of a unit that live only within one application. Results that the adjoint does
 * not read and cotangents of inner results share few buffers, by liveness. All units share them: applications run one
 * after another, and a cotangent never lives while results are made.
 *
 * @module
 */
import { type Call, forwardCalls, readsOf } from "../graph/graph.ts";
import type { Unit } from "./model.ts";
import { strideOf } from "./strides.ts";

/** The keys of the buffers in which inner tensors of a unit lie, by the numbers of their variables. */
export interface Scratch {
  /** Of results that are not kept. */
  readonly values: ReadonlyMap<number, string>;
  /** Of cotangents. */
  readonly cotangents: ReadonlyMap<number, string>;
}

/** What {@linkcode scratchOf} reads of a unit. */
type Applied = Pick<Unit, "graph" | "adjoint" | "kept">;

const known = new WeakMap<Applied, Scratch>();

/** Where the inner tensors of a unit lie that live only within one application. */
export function scratchOf(unit: Applied): Scratch {
  const { graph, adjoint, kept } = unit;
  const isInner = (id: number) => graph.vars[id]!.source.kind === "result" && id !== graph.output;
  const scratch = known.get(unit) ?? {
    values: keysAlong(unit, forwardCalls(graph), false, (id) => isInner(id) && !kept.has(id)),
    cotangents: keysAlong(unit, adjoint, true, isInner),
  };
  known.set(unit, scratch);
  return scratch;
}

/** A buffer for each tensor that calls write, from the first call that touches it to the last. */
function keysAlong(
  { graph }: Applied,
  calls: readonly Call[],
  bars: boolean,
  isWanted: (id: number) => boolean,
): Map<number, string> {
  const touched = calls.map((call) =>
    [call.target, ...readsOf(call).filter(({ bar }) => bar === bars).map(({ id }) => id)].filter(isWanted)
  );
  const keys = new Map<number, string>();
  const live = new Set<string>();
  touched.forEach((ids, i) => {
    for (const id of ids) {
      if (keys.has(id)) continue;
      const stride = strideOf(graph.vars[id]!.shape);
      let slot = 0;
      while (live.has(scratchKey(stride, slot))) slot++;
      keys.set(id, scratchKey(stride, slot));
      live.add(scratchKey(stride, slot));
    }
    const later = new Set(touched.slice(i + 1).flat());
    for (const id of ids) if (!later.has(id)) live.delete(keys.get(id)!);
  });
  return keys;
}

function scratchKey(stride: number, slot: number): string {
  return `scratch ${stride} ${slot}`;
}

/** The floats of one row in a buffer of scratch; null for another buffer's key. */
export function scratchStride(key: string): number | null {
  const [what, stride] = key.split(" ");
  return what === "scratch" ? Number(stride) : null;
}
