/**
 * Locations: where the variables of a unit and their cotangents lie, as stretches of buffers and index expressions.
 *
 * @module
 */
import type { Graph } from "../graph/graph.ts";
import type { Unit } from "./model.ts";
import type { RecordValues } from "../wgsl/record.ts";
import type { Uniform } from "../wgsl/use.ts";
import type { Layouts } from "./packed.ts";
import { constantPath, constantsKey, keptKey, poolKey } from "./resources.ts";
import { scratchOf } from "./scratch.ts";
import { strideOf } from "./strides.ts";

/** A stretch of a buffer that a binding covers. */
export interface BoundResource {
  /** The key of the buffer. */
  readonly key: string;
  /** The first byte. */
  readonly offset: number;
  /** How many bytes, for uniform memory; default to the end, in storage. */
  readonly bytes?: number;
}

/** What places depend on beside the unit: sizes of the plan, and limits of the device. */
export interface PlaceOptions {
  /** Rows of a batch. */
  readonly batch: number;
  /** Members of the ensemble. */
  readonly members: number;
  /** How many bytes of a tensor that all samples share may lie in uniform memory; 0 for none. */
  readonly maxUniformBytes: number;
  /** How many rows a texture may have that kernels read; 0 for none. */
  readonly maxTextureRows: number;
}

/** A resource, and the first element of the current sample in it. */
export interface Located extends BoundResource {
  readonly base: string;
  /** Its slot. */
  readonly slot?: Slot;
}

/** A field of the action's record that holds a slot, and which of its numbers. */
export interface Slot {
  /** The field. */
  readonly field: "inputs" | "inputBars" | "output" | "outputBar" | "activations" | "term";
  /** Which of several numbers. */
  readonly index?: number;
}

/** The slot that a record names. */
export function slotIn(record: RecordValues, { field, index }: Slot): number {
  const value = record[field]!;
  return typeof value === "number" ? value : value[index!]!;
}

/** The sample among those of all members. */
export const BATCH_ROW = "member * update.batch + sample";

/** The current sample in a slot of a pool. */
export function inSlot(key: string, slot: Slot, stride: number): Located {
  const { field, index } = slot;
  const at = `action.${field}${index === undefined ? "" : `[${index}]`}`;
  const base = `((${at} * update.members + member) * update.batch + sample) * ${stride}u`;
  return { key, offset: 0, base, slot };
}

/** The first element of a snapshot of the current window. */
export function inData(time: string, stride: number): string {
  return `(windows[update.windows + ${BATCH_ROW}] + ${time}) * ${stride}u`;
}

/** The current sample in a buffer of scratch. */
function inScratch(key: string, stride: number): Located {
  return { key, offset: 0, base: `(${BATCH_ROW}) * ${stride}u` };
}

/** Where the variables of one unit lie. */
export class Locations {
  readonly #name: string;
  readonly #unit: Unit;
  readonly #graph: Graph;
  readonly #layouts: Layouts;
  readonly #options: PlaceOptions;

  /**
   * @param name the unit's name among the buffers
   * @param unit the unit
   * @param layouts where its leaves lie
   * @param options sizes of the plan, limits of the device
   */
  constructor(name: string, unit: Unit, layouts: Layouts, options: PlaceOptions) {
    this.#name = name;
    this.#unit = unit;
    this.#graph = unit.graph;
    this.#layouts = layouts;
    this.#options = options;
  }

  /** The value of a variable. */
  value(id: number): Located {
    const { shape, source } = this.#graph.vars[id]!;
    const stride = strideOf(shape);
    switch (source.kind) {
      case "state": {
        const k = source.index;
        if (this.#unit.stateKinds[k] === "state") {
          return inSlot(poolKey("states", shape), { field: "inputs", index: k }, stride);
        }
        return { key: "data", offset: 0, base: inData(`action.times[${k}]`, stride) };
      }
      case "parameter": {
        const { parameters, isTrained } = this.#layouts;
        if (!isTrained) return this.#constant(source.path, stride);
        const at = {
          key: "parameters",
          offset: 4 * parameters.offsetOf(source.path),
          base: `member * ${parameters.length}u`,
        };
        return this.#maybeUniform(at, (this.#options.members - 1) * parameters.length + stride);
      }
      case "constant":
        return this.#constant(constantPath(id), stride);
      case "result":
        if (this.#unit.kept.has(id)) {
          return inSlot(keptKey(this.#name, id), { field: "activations" }, stride);
        }
        if (id !== this.#graph.output) return inScratch(scratchOf(this.#unit).values.get(id)!, stride);
        return this.#unit.batchReduction === null
          ? inSlot(poolKey("states", shape), { field: "output" }, stride)
          : inSlot("losses", { field: "term" }, 1);
    }
  }

  #constant(path: string, floats: number): Located {
    const offset = 4 * this.#layouts.constants.offsetOf(path);
    return this.#maybeUniform({ key: constantsKey(this.#name), offset, base: "0u" }, floats);
  }

  #maybeUniform(at: Located, floats: number): Located {
    const bytes = 4 * floats;
    return bytes <= this.#options.maxUniformBytes ? { ...at, bytes } : at;
  }

  /** The cotangent of a variable. */
  cotangent(given: number): Located | Uniform {
    const { cotangents, heirs } = scratchOf(this.#unit);
    const id = heirs.get(given) ?? given;
    const { shape, source } = this.#graph.vars[id]!;
    const stride = strideOf(shape);
    if (source.kind === "state") {
      return inSlot(poolKey("cotangents", shape), { field: "inputBars", index: source.index }, stride);
    }
    if (source.kind === "parameter") {
      const { parameters } = this.#layouts;
      const base = `(group * update.members + member) * ${parameters.length}u`;
      return { key: "partials", offset: 4 * parameters.offsetOf(source.path), base };
    }
    if (id !== this.#graph.output) return inScratch(cotangents.get(id)!, stride);
    switch (this.#unit.batchReduction) {
      case null:
        return inSlot(poolKey("cotangents", shape), { field: "outputBar" }, stride);
      case "mean":
        return { expression: "action.weight / f32(update.live)" };
      case "sum":
        return { expression: "action.weight" };
    }
  }
}
