/**
 * Places: where each tensor of a call lies, as bindings and index expressions. The one module that knows both the
 * graph and the frame's records.
 *
 * @module
 */
import { FRAMES_INITIAL_STATE } from "../../shaders/bundle.ts";
import { type Call, type Graph, readsOf } from "../graph/graph.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import type { Place, Uniform, WriteMode } from "../wgsl/io.ts";
import type { KernelOptions } from "../wgsl/kernel.ts";
import type { FlatLayout } from "./flat.ts";
import type { Unit } from "./model.ts";
import { innerKey, poolKey, strideOf } from "./resources.ts";

/** A stretch of a buffer that a binding covers, from an offset to the end. */
export interface BoundResource {
  /** The key of the buffer. */
  readonly key: string;
  /** The first byte. */
  readonly offset: number;
}

/** A call as a kernel, with what its bindings cover. */
export interface PlacedCall {
  /** What the kernel does. */
  readonly kernel: KernelOptions;
  /** The resource behind each binding, by its name. */
  readonly resources: Readonly<Record<string, BoundResource>>;
}

/** Layouts of what a unit's leaves lie in. */
export interface Layouts {
  /** The trained parameters. */
  readonly parameters: FlatLayout;
  /** The constants of the unit: fixed numbers, and parameters that are not trained. */
  readonly constants: FlatLayout;
  /** Whether the unit's own parameters are the trained ones. */
  readonly isTrained: boolean;
}

/** A resource, and the first element of the current sample in it. */
interface Located extends BoundResource {
  readonly base: string;
}

const BATCH_ROW = "member * update.batch + sample";

/** The first element of the current sample in a slot of a pool. */
function inSlot(slot: string, stride: number): string {
  return `((${slot} * update.members + member) * update.batch + sample) * ${stride}u`;
}

/** The first element of a snapshot of the current window. */
function inData(time: string, stride: number): string {
  return `(windows[update.windows + ${BATCH_ROW}] + ${time}) * ${stride}u`;
}

/** The call that copies a snapshot of each window into a slot. */
export function placeLoad(snapshot: Shape): PlacedCall {
  const stride = strideOf(snapshot);
  return {
    kernel: {
      use: {
        op: { name: "initial_state", wgsl: FRAMES_INITIAL_STATE },
        constants: {},
        inputs: [],
        reads: { snapshot: { binding: "dataBuffer", base: inData("action.times[0]", stride) } },
        write: {
          tensor: "state",
          place: { binding: "stateBuffer", base: inSlot("action.output", stride) },
          mode: "set",
        },
      },
      fn: "forward",
      elements: sizeOf(snapshot),
      summands: 0,
      overBatch: false,
    },
    resources: {
      dataBuffer: { key: "data", offset: 0 },
      stateBuffer: { key: poolKey("states", snapshot), offset: 0 },
    },
  };
}

/** Places the calls of one unit. */
export class Placement {
  readonly #name: string;
  readonly #unit: Unit;
  readonly #graph: Graph;
  readonly #layouts: Layouts;

  /**
   * @param name the unit's name among the buffers
   * @param unit the unit
   * @param layouts where its leaves lie
   */
  constructor(name: string, unit: Unit, layouts: Layouts) {
    this.#name = name;
    this.#unit = unit;
    this.#graph = unit.graph;
    this.#layouts = layouts;
  }

  /** A call as a kernel. */
  place(call: Call): PlacedCall {
    const { node, fn, target, writes } = call;
    const names = new Map<string, string>();
    const resources: Record<string, BoundResource> = {};
    const bind = (tensor: string, { key, offset, base }: Located): Place => {
      const id = `${key} ${offset}`;
      const binding = names.get(id) ?? `${tensor}Buffer`;
      names.set(id, binding);
      resources[binding] = { key, offset };
      return { binding, base };
    };
    const reads: Record<string, Place | Uniform> = {};
    for (const { name, bar, id } of readsOf(call)) {
      const at = bar ? this.#cotangent(id) : this.#value(id);
      reads[name] = "expression" in at ? at : bind(name, at);
    }
    const tensor = writes === "value" ? "v" : `${writes.cotangentOf}Bar`;
    const at = writes === "value" ? this.#value(target) : this.#cotangent(target);
    const source = this.#graph.vars[target]!.source;
    const kernel: KernelOptions = {
      use: {
        op: node.op,
        constants: node.constants,
        inputs: node.op.inputs,
        reads,
        write: {
          tensor,
          place: bind(tensor, at as Located),
          mode: this.#mode(call),
          activate: writes === "value" ? node.epilogue ?? undefined : undefined,
          slope: call.slope
            ? { of: call.slope, result: bind("slope", this.#value(target) as Located) }
            : undefined,
        },
      },
      fn,
      elements: sizeOf(this.#graph.vars[target]!.shape),
      summands: node.op.text.functions.get(fn)!.returns ? node.summands[fn]! : 0,
      overBatch: source.kind === "parameter",
    };
    return { kernel, resources };
  }

  #mode({ writes, adds, target }: Call): WriteMode {
    if (writes === "value") return "set";
    if (adds) return "add";
    const { source } = this.#graph.vars[target]!;
    if (source.kind === "state") return { addsIf: `action.inputBarsAdd[${source.index}] != 0u` };
    return source.kind === "parameter" ? { addsIf: "action.parametersAdd != 0u" } : "set";
  }

  #value(id: number): Located {
    const { shape, source } = this.#graph.vars[id]!;
    const stride = strideOf(shape);
    switch (source.kind) {
      case "state": {
        const k = source.index;
        if (this.#unit.stateKinds[k] === "state") {
          return { key: poolKey("states", shape), offset: 0, base: inSlot(`action.inputs[${k}]`, stride) };
        }
        return { key: "data", offset: 0, base: inData(`action.times[${k}]`, stride) };
      }
      case "parameter": {
        const { parameters, constants, isTrained } = this.#layouts;
        if (!isTrained) return this.#constant(constants, source.path);
        const offset = 4 * parameters.offsetOf(source.path);
        return { key: "parameters", offset, base: `member * ${parameters.length}u` };
      }
      case "constant":
        return this.#constant(this.#layouts.constants, constantPath(id));
      case "result":
        if (id !== this.#graph.output) {
          const base = this.#unit.kept.has(id)
            ? inSlot("action.activations", stride)
            : `(${BATCH_ROW}) * ${stride}u`;
          return { key: innerKey(this.#name, id, false), offset: 0, base };
        }
        return this.#unit.batchReduction === null
          ? { key: poolKey("states", shape), offset: 0, base: inSlot("action.output", stride) }
          : { key: "losses", offset: 0, base: inSlot("action.term", 1) };
    }
  }

  #constant(layout: FlatLayout, path: string): Located {
    return { key: `${this.#name} constants`, offset: 4 * layout.offsetOf(path), base: "0u" };
  }

  #cotangent(id: number): Located | Uniform {
    const { shape, source } = this.#graph.vars[id]!;
    const stride = strideOf(shape);
    if (source.kind === "state") {
      const slot = `action.inputBars[${source.index}]`;
      return { key: poolKey("cotangents", shape), offset: 0, base: inSlot(slot, stride) };
    }
    if (source.kind === "parameter") {
      const { parameters } = this.#layouts;
      const base = `(group * update.members + member) * ${parameters.length}u`;
      return { key: "partials", offset: 4 * parameters.offsetOf(source.path), base };
    }
    if (id !== this.#graph.output) {
      return { key: innerKey(this.#name, id, true), offset: 0, base: `(${BATCH_ROW}) * ${stride}u` };
    }
    switch (this.#unit.batchReduction) {
      case null:
        return { key: poolKey("cotangents", shape), offset: 0, base: inSlot("action.outputBar", stride) };
      case "mean":
        return { expression: "action.weight / f32(update.live)" };
      case "sum":
        return { expression: "action.weight" };
    }
  }
}

/** The name of a constant among the leaves of its unit. */
export function constantPath(id: number): string {
  return `constant ${id}`;
}
