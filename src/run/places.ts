/**
 * Places: where each tensor of a call lies, as bindings and index expressions. The one module that knows both the
 * graph and the frame's records.
 *
 * @module
 */
import { FRAMES_INITIAL_STATE } from "../../shaders/bundle.ts";
import { type Call, formOf, type Graph, readsOf, tensorOf } from "../graph/graph.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import type { Place, Uniform, Write, WriteMode } from "../wgsl/io.ts";
import type { KernelOptions } from "../wgsl/kernel.ts";
import { setterOf } from "../wgsl/op_text.ts";
import type { PackedPlace } from "../wgsl/packed.ts";
import type { Unit } from "./model.ts";
import { type Mirrored, mirrorKey, type Mirrors } from "./mirrors.ts";
import { type Layouts, packedKey, packedRecordsKey } from "./packed.ts";
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

/** A call as a kernel, with what its bindings cover. */
export interface PlacedCall {
  /** What the kernel does. */
  readonly kernel: KernelOptions;
  /** The resource behind each binding, by its name. */
  readonly resources: Readonly<Record<string, BoundResource>>;
  /** What must be copied before. */
  readonly mirrored: readonly Mirrored[];
}

/** Where tensors lie that all samples share. */
export interface SharedRule {
  /** Rows of a batch. */
  readonly batch: number;
  /** Members of the ensemble. */
  readonly members: number;
  /** How many bytes one may have in uniform memory; 0 for none. */
  readonly maxUniformBytes: number;
  /** How many rows a texture of packed ones may have; 0 for none. */
  readonly maxTextureRows: number;
}

/** A resource, and the first element of the current sample in it. */
interface Located extends BoundResource {
  readonly base: string;
  /** Its slot, in terms of the action's record. */
  readonly slot?: string;
}

const BATCH_ROW = "member * update.batch + sample";

/** The current sample in a slot of a pool. */
function inSlot(key: string, slot: string, stride: number): Located {
  const base = `((${slot} * update.members + member) * update.batch + sample) * ${stride}u`;
  return { key, offset: 0, base, slot };
}

/** The first element of a snapshot of the current window. */
function inData(time: string, stride: number): string {
  return `(windows[update.windows + ${BATCH_ROW}] + ${time}) * ${stride}u`;
}

/** The current sample in a buffer of scratch. */
function inScratch(key: string, stride: number): Located {
  return { key, offset: 0, base: `(${BATCH_ROW}) * ${stride}u` };
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
        readByFour: [],
        reads: { snapshot: { binding: "dataBuffer", base: inData("action.times[0]", stride) } },
        write: {
          tensor: "state",
          place: { binding: "stateBuffer", base: inSlot("", "action.output", stride).base },
          mode: "set",
        },
      },
      fn: "forward",
      calls: sizeOf(snapshot),
      summands: 0,
      overBatch: false,
    },
    resources: {
      dataBuffer: { key: "data", offset: 0 },
      stateBuffer: { key: poolKey("states", snapshot), offset: 0 },
    },
    mirrored: [],
  };
}

/** Places the calls of one unit. */
export class Placement {
  readonly #name: string;
  readonly #unit: Unit;
  readonly #graph: Graph;
  readonly #layouts: Layouts;
  readonly #shared: SharedRule;
  readonly #mirrors: Mirrors | null;

  /**
   * @param name the unit's name among the buffers
   * @param unit the unit
   * @param layouts where its leaves lie
   * @param shared where they lie on the device
   * @param mirrors what is read from mirrors; null for nothing
   */
  constructor(
    name: string,
    unit: Unit,
    layouts: Layouts,
    shared: SharedRule,
    mirrors: Mirrors | null,
  ) {
    this.#name = name;
    this.#unit = unit;
    this.#graph = unit.graph;
    this.#layouts = layouts;
    this.#shared = shared;
    this.#mirrors = mirrors;
  }

  /**
   * A call as a kernel.
   *
   * @param call the call
   * @param besides calls that its function makes along with it
   */
  place(call: Call, besides: readonly Call[] = []): PlacedCall {
    const { node, fn, target } = call;
    const names = new Map<string, string>();
    const resources: Record<string, BoundResource> = {};
    const form = formOf(call);
    const { reaches, returns, isPointwise } = form.text.functions.get(fn)!;
    const bind = (tensor: string, { key, offset, base, bytes }: Located): Place => {
      const id = `${key} ${offset}`;
      const binding = names.get(id) ?? `${tensor}Buffer`;
      names.set(id, binding);
      resources[binding] = { key, offset, ...bytes && { bytes } };
      return { binding, base, ...bytes && { uniformElements: bytes / 4 } };
    };
    const reads: Record<string, Place | Uniform | PackedPlace> = {};
    const mirrored: Mirrored[] = [];
    let residual: Place | undefined;
    for (const { name, bar, id, isPacked } of readsOf(call)) {
      if (isPacked) {
        const { place, bound } = this.#packed(call, id, name!);
        Object.assign(resources, bound);
        reads[name!] = place;
        continue;
      }
      const at = bar ? this.#cotangent(id) : this.#value(id);
      if (name !== null && this.#mirrors?.has(call, name)) {
        const stride = strideOf(this.#graph.vars[id]!.shape);
        const { key, slot = null } = at as Located;
        const mirror = mirrorKey(name, stride);
        resources[`${name}Mirror`] = { key: mirror, offset: 0 };
        reads[name] = { binding: `${name}Mirror`, base: `(${BATCH_ROW}) * ${stride}u`, isTexture: true };
        mirrored.push({
          mirror,
          source: key,
          slot,
          floats: this.#shared.batch * this.#shared.members * stride,
        });
        continue;
      }
      if (name === null) residual = bind("residual", at as Located);
      else reads[name] = "expression" in at ? at : bind(name, at);
    }
    const first = Math.min(...[call, ...besides].map((written) => this.#target(written).offset));
    const writeOf = (written: Call): Write => {
      const tensor = tensorOf(written);
      const setter = setterOf(tensor);
      const { offset, base, ...located } = this.#target(written);
      const start = offset === first ? base : `${base} + ${(offset - first) / 4}u`;
      return {
        tensor,
        place: bind(tensor, { ...located, offset: first, base: start }),
        mode: this.#mode(written, returns),
        byFour: !reaches.has(`${setter}4`) ? "never" : reaches.has(setter) ? "too" : "always",
      };
    };
    const { source, shape } = this.#graph.vars[target]!;
    const isBlocked = fn in node.blockedCalls;
    const fetchesFour = isPointwise && !isBlocked && source.kind !== "parameter" &&
      sizeOf(shape) % 4 === 0;
    const kernel: KernelOptions = {
      use: {
        op: form,
        constants: node.constants,
        inputs: node.op.inputs,
        reads,
        readByFour: Object.keys(reads).filter((name) => reaches.has(`${name}4`)),
        write: {
          ...writeOf(call),
          residual,
          activate: call.writes === "value" ? node.epilogue ?? undefined : undefined,
          slope: call.slope
            ? { of: call.slope, result: bind("slope", this.#value(target) as Located) }
            : undefined,
        },
        besides: isBlocked ? besides.map(writeOf) : undefined,
        fetchesFour,
      },
      fn,
      calls: node.blockedCalls[fn] ?? sizeOf(shape) / (fetchesFour ? 4 : 1),
      summands: returns ? node.summands[fn]! : 0,
      overBatch: source.kind === "parameter",
      isBlocked,
    };
    return { kernel, resources, mirrored };
  }

  /** Where what a call writes lies. */
  #target({ writes, target }: Call): Located {
    return (writes === "value" ? this.#value(target) : this.#cotangent(target)) as Located;
  }

  #mode({ writes, adds, target }: Call, returnsSummands: boolean): WriteMode {
    if (writes === "value") return "set";
    if (adds) return "add";
    const { source } = this.#graph.vars[target]!;
    if (source.kind === "state") return { addsIf: `action.inputBarsAdd[${source.index}] != 0u` };
    if (source.kind !== "parameter") return "set";
    return { addsIf: `action.parametersAdd != 0u${returnsSummands ? "" : " || sample != group"}` };
  }

  #value(id: number): Located {
    const { shape, source } = this.#graph.vars[id]!;
    const stride = strideOf(shape);
    switch (source.kind) {
      case "state": {
        const k = source.index;
        if (this.#unit.stateKinds[k] === "state") {
          return inSlot(poolKey("states", shape), `action.inputs[${k}]`, stride);
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
        return this.#maybeUniform(at, (this.#shared.members - 1) * parameters.length + stride);
      }
      case "constant":
        return this.#constant(constantPath(id), stride);
      case "result":
        if (this.#unit.kept.has(id)) {
          return inSlot(keptKey(this.#name, id), "action.activations", stride);
        }
        if (id !== this.#graph.output) return inScratch(scratchOf(this.#unit).values.get(id)!, stride);
        return this.#unit.batchReduction === null
          ? inSlot(poolKey("states", shape), "action.output", stride)
          : inSlot("losses", "action.term", 1);
    }
  }

  #constant(path: string, floats: number): Located {
    const offset = 4 * this.#layouts.constants.offsetOf(path);
    return this.#maybeUniform({ key: constantsKey(this.#name), offset, base: "0u" }, floats);
  }

  /** Where a call reads a tensor in an order of its own, and what the bindings cover. */
  #packed(call: Call, id: number, name: string): { place: PackedPlace; bound: PlacedCall["resources"] } {
    const { key, offset } = this.#value(id);
    const isTrained = key === "parameters";
    const packed = this.#layouts[isTrained ? "packedParameters" : "packedConstants"];
    const { members, maxTextureRows } = this.#shared;
    const [fours, record] = [`${name}Fours`, `${name}Record`];
    return {
      place: { fours, record, isTexture: packed.isTexture(isTrained ? members : 1, maxTextureRows) },
      bound: {
        [fours]: { key: packedKey(key), offset: 0 },
        [record]: { key: packedRecordsKey(key), ...packed.recordOf(call, offset / 4) },
      },
    };
  }

  #maybeUniform(at: Located, floats: number): Located {
    const bytes = 4 * floats;
    return bytes <= this.#shared.maxUniformBytes ? { ...at, bytes } : at;
  }

  #cotangent(given: number): Located | Uniform {
    const { cotangents, heirs } = scratchOf(this.#unit);
    const id = heirs.get(given) ?? given;
    const { shape, source } = this.#graph.vars[id]!;
    const stride = strideOf(shape);
    if (source.kind === "state") {
      return inSlot(poolKey("cotangents", shape), `action.inputBars[${source.index}]`, stride);
    }
    if (source.kind === "parameter") {
      const { parameters } = this.#layouts;
      const base = `(group * update.members + member) * ${parameters.length}u`;
      return { key: "partials", offset: 4 * parameters.offsetOf(source.path), base };
    }
    if (id !== this.#graph.output) return inScratch(cotangents.get(id)!, stride);
    switch (this.#unit.batchReduction) {
      case null:
        return inSlot(poolKey("cotangents", shape), "action.outputBar", stride);
      case "mean":
        return { expression: "action.weight / f32(update.live)" };
      case "sum":
        return { expression: "action.weight" };
    }
  }
}
