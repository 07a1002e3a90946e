/**
 * Resources: which buffers a model needs, how large they are, and which slots its states take.
 *
 * @module
 */
import type { Shape } from "../ndarray.ts";
import type { Resource } from "../tape/program.ts";
import { assignSlots, type Slots } from "../tape/slots.ts";
import type { FlatLayout } from "./flat.ts";
import { hasGradient, type Model, type Unit } from "./model.ts";
import { scratchOf, scratchStride } from "./scratch.ts";
import { strideOf } from "./strides.ts";

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
  /** Whether it is a texture; default false. */
  readonly isTexture?: boolean;
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

/** Lanes that share the samples of a parameter cotangent. */
export function numGroups(batch: number): number {
  return Math.min(MAX_GROUPS, batch);
}

/** The name of a constant among the leaves of its unit. */
export function constantPath(id: number): string {
  return `constant ${id}`;
}

/** The key of the constants of a unit. */
export function constantsKey(unit: string): string {
  return `${unit} constants`;
}

/** The buffer of all states of one stride, or of their cotangents. */
export function poolKey(what: "states" | "cotangents", shape: Shape): string {
  return `${what} ${strideOf(shape)}`;
}

/** The buffer of one inner result of a unit that is kept for its adjoint. */
export function keptKey(unit: string, id: number): string {
  return `${unit} x${id}`;
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
  const addKept = (name: string, { graph, kept }: Unit, count: number) => {
    for (const id of kept) {
      add(keptKey(name, id), "activations", count * rows * strideOf(graph.vars[id]!.shape));
    }
  };
  for (const [pool, count] of slots.sizes) {
    const [what, stride] = pool.split(" ");
    if (stride !== undefined) add(pool, "states", count * rows * Number(stride));
    else addKept(what!, model.functions[Number(what!.slice(1))]!, count);
  }
  model.losses.forEach((unit, i) => addKept(lossName(i), unit, 1));
  const scratch = [...model.functions, ...model.losses].map(scratchOf);
  for (
    const key of new Set(
      scratch.flatMap(({ values, cotangents }) => [...values.values(), ...cotangents.values()]),
    )
  ) {
    add(key, "activations", scratchStride(key)! * rows);
  }
  for (const [unit, layout] of constants) add(constantsKey(unit), "parameters", layout.length);
  add("parameters", "parameters", parameters.length * members);
  if (hasGradient(model)) {
    add("partials", "parameters", parameters.length * members * numGroups(batch));
  }
  add("gradient", "parameters", parameters.length * members);
  add("losses", "states", model.lossOfTerm.length * rows);
  return specs;
}
