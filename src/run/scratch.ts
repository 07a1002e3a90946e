/**
 * Scratch: places of the inner tensors of a unit that live only within one application. Results that the adjoint does
 * not read and cotangents of inner results share few buffers, by liveness. All units share them: applications run one
 * after another, and a cotangent never lives while results are made. A cotangent that begins as a copy of another one
 * takes its place instead, where nothing reads the other one after it has been changed.
 *
 * @module
 */
import { type Call, formOf, forwardCalls, readsOf } from "../graph/graph.ts";
import type { Unit } from "./model.ts";
import { strideOf } from "./strides.ts";

/** The keys of the buffers in which inner tensors of a unit lie, by the numbers of their variables. */
export interface Scratch {
  /** Of results that are not kept. */
  readonly values: ReadonlyMap<number, string>;
  /** Of cotangents. */
  readonly cotangents: ReadonlyMap<number, string>;
  /** For each inner result whose cotangent lies in the place of another one: that one. */
  readonly heirs: ReadonlyMap<number, number>;
}

/** What {@linkcode scratchOf} reads of a unit. */
type Applied = Pick<Unit, "graph" | "adjoint" | "kept">;

const known = new WeakMap<Applied, Scratch>();

/** Where the inner tensors of a unit lie that live only within one application. */
export function scratchOf(unit: Applied): Scratch {
  const scratch = known.get(unit) ?? place(unit);
  known.set(unit, scratch);
  return scratch;
}

/** Whether a call need not be made, as the cotangent that it would copy stays where it is. */
export function isHandedOn(unit: Applied, call: Call): boolean {
  return isCopy(scratchOf(unit).heirs, call);
}

const isCopy = (heirs: ReadonlyMap<number, number>, { fn, adds, target }: Call): boolean =>
  fn !== "forward" && !adds && heirs.has(target);

function place(unit: Applied): Scratch {
  const { graph, adjoint, kept } = unit;
  const isInner = (id: number) => graph.vars[id]!.source.kind === "result" && id !== graph.output;
  const heirs = heirsOf(unit, isInner);
  const bars = adjoint.filter((call) => !isCopy(heirs, call)).map((call) =>
    [call.target, ...readsOf(call).filter(({ bar }) => bar).map(({ id }) => id)]
      .map((id) => heirs.get(id) ?? id).filter(isInner)
  );
  const values = forwardCalls(graph).map((call) =>
    [call.target, ...readsOf(call).map(({ id }) => id)].filter((id) => isInner(id) && !kept.has(id))
  );
  const cotangents = keysAlong(unit, bars);
  for (const [heir, id] of heirs) if (isInner(id)) cotangents.set(heir, cotangents.get(id)!);
  return { values: keysAlong(unit, values), cotangents, heirs };
}

/**
 * The inner results whose cotangents begin as copies of another one and can lie in its place. All that share one place
 * are taken together: no call may change the cotangent of one while that of another is still to be read.
 */
function heirsOf({ adjoint }: Applied, isInner: (id: number) => boolean): Map<number, number> {
  const heirs = new Map<number, number>();
  const firstWrite = (id: number) => adjoint.findIndex(({ target }) => target === id);
  const lastRead = (id: number) =>
    adjoint.findLastIndex((call) => readsOf(call).some((read) => read.bar && read.id === id));
  const changes = (id: number) => adjoint.flatMap(({ adds, target }, i) => adds && target === id ? [i] : []);
  for (const call of adjoint) {
    const { node, fn, target, adds, slope } = call;
    if (!formOf(call).text.functions.get(fn)!.handsOn || adds || slope || !isInner(target)) continue;
    const origin = heirs.get(node.output) ?? node.output;
    const sharing = [origin, target, ...[...heirs].filter(([, id]) => id === origin).map(([heir]) => heir)];
    const isSafe = sharing.every((id) =>
      sharing.every((other) =>
        other === id || !changes(id).some((i) => firstWrite(other) < i && i <= lastRead(other))
      )
    );
    const isChanged = sharing.some((id) => id !== origin && changes(id).length > 0);
    if (isSafe && (isInner(origin) || !isChanged)) heirs.set(target, origin);
  }
  return heirs;
}

/** A buffer for each tensor, from the first call that touches it to the last; `touched` lists them for each call. */
function keysAlong({ graph }: Applied, touched: readonly (readonly number[])[]): Map<number, string> {
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
