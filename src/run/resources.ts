/**
 * Resources: which buffers a model needs, how large they are, and which slots its states take.
 *
 * @module
 */
import { type Shape, sizeOf } from "../ndarray.ts";
import type { Resource } from "../tape/program.ts";
import { assignSlots, type Slots } from "../tape/slots.ts";
import type { FlatLayout } from "./flat.ts";
import type { Model, Unit } from "./model.ts";

/** What a buffer holds, as `memory()` reports it. */
export type ByteKind = "parameters" | "states" | "activations" | "data" | "optimizer" | "tables";

/** A buffer that is needed. */
export interface BufferSpec {
  /** Its key among the buffers of a plan, and its label. */
  readonly key: string;
  /** What it holds. */
  readonly kind: ByteKind;
  /** Its size. */
  readonly bytes: number;
}

/** How many samples and members there are. */
export interface Sizes {
  /** Rows of a batch. */
  readonly batch: number;
  /** Members of the ensemble. */
  readonly members: number;
}

const FLOAT_BYTES = 4;
/** Lanes that share the samples of a parameter cotangent, at most. */
const MAX_GROUPS = 32;

/** The distance between two samples of a tensor, in floats: a multiple of 4, so that a sample can be read as vec4. */
export function strideOf(shape: Shape): number {
  return Math.ceil(sizeOf(shape) / 4) * 4;
}

/** Lanes that share the samples of a parameter cotangent. */
export function numGroups(batch: number): number {
  return Math.min(MAX_GROUPS, batch);
}

/** The buffer of all states of one stride, or of their cotangents. */
export function poolKey(what: "states" | "cotangents", shape: Shape): string {
  return `${what} ${strideOf(shape)}`;
}

/** The buffer of one inner result of a unit, or of its cotangent. */
export function innerKey(unit: string, id: number, isCotangent: boolean): string {
  return `${unit} x${id}${isCotangent ? "~" : ""}`;
}

/** The name of a function of a model among its buffers. */
export function functionName(f: number): string {
  return `f${f}`;
}

/** The name of a loss of a model among its buffers. */
export function lossName(loss: number): string {
  return `l${loss}`;
}

/** The slots of a model's states, cotangents and activations. */
export function slotsOf(model: Model): Slots {
  const functionOf = new Map<number, number>();
  for (const action of model.program.actions) {
    if (action.kind === "forward") functionOf.set(action.state, action.f);
  }
  return assignSlots(model.program, (what: Resource, state: number) => {
    if (what === "activations") return functionName(functionOf.get(state)!);
    return poolKey(what === "state" ? "states" : "cotangents", model.shapes[state]!);
  });
}

/**
 * The buffers that a model needs beyond its data and tables.
 *
 * @param model the model
 * @param slots its slots
 * @param parameters the layout of the trained parameters
 * @param constants for each unit that has some, the layout of its constants
 * @param sizes rows and members
 */
export function buffersOf(
  model: Model,
  slots: Slots,
  parameters: FlatLayout,
  constants: ReadonlyMap<string, FlatLayout>,
  { batch, members }: Sizes,
): BufferSpec[] {
  const rows = batch * members;
  const specs: BufferSpec[] = [];
  const add = (key: string, kind: ByteKind, floats: number) => {
    if (floats > 0) specs.push({ key, kind, bytes: floats * FLOAT_BYTES });
  };
  for (const [pool, count] of slots.sizes) {
    const [what, stride] = pool.split(" ");
    if (stride !== undefined) add(pool, "states", count * rows * Number(stride));
    else {
      const unit = model.functions[Number(what!.slice(1))]!;
      for (const [key, floats] of innerBuffers(what!, unit, count)) add(key, "activations", floats * rows);
    }
  }
  model.losses.forEach((unit, i) => {
    for (const [key, floats] of innerBuffers(lossName(i), unit, 1)) add(key, "activations", floats * rows);
  });
  for (const [unit, layout] of constants) add(`${unit} constants`, "parameters", layout.length);
  add("parameters", "parameters", parameters.length * members);
  if (model.functions.some(({ graph, adjoint }) => graph.trains.size > 0 && adjoint.length > 0)) {
    add("partials", "activations", parameters.length * members * numGroups(batch));
  }
  add("gradient", "parameters", parameters.length * members);
  add("losses", "states", model.lossOfTerm.length * rows);
  return specs;
}

/** The buffers of the inner results of a unit: their keys and the floats of one row. */
function* innerBuffers(
  name: string,
  { graph, adjoint, kept }: Unit,
  slots: number,
): Generator<[string, number]> {
  for (const { output } of graph.nodes) {
    if (output === graph.output) continue;
    const stride = strideOf(graph.vars[output]!.shape);
    yield [innerKey(name, output, false), stride * (kept.has(output) ? slots : 1)];
  }
  for (const id of new Set(adjoint.map((call) => call.target))) {
    if (graph.vars[id]!.source.kind !== "result") continue;
    yield [innerKey(name, id, true), strideOf(graph.vars[id]!.shape)];
  }
}
