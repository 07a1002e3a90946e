/**
 * Places: calls as kernels, each tensor of theirs in a binding.
 *
 * @module
 */
import { FRAMES_INITIAL_STATE } from "../../shaders/bundle.ts";
import { type Call, formOf, type Graph, readsOf, tensorOf } from "../graph/graph.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import type { KernelOptions } from "../wgsl/kernel.ts";
import { setterOf } from "../wgsl/op_text.ts";
import type { PackedPlace } from "../wgsl/packed.ts";
import type { Place, Uniform, Write, WriteMode } from "../wgsl/use.ts";
import {
  BATCH_ROW,
  type BoundResource,
  inData,
  inSlot,
  type Located,
  Locations,
  type PlaceOptions,
} from "./locations.ts";
import type { Unit } from "./model.ts";
import type { Mirrored, Mirrors } from "./mirrors.ts";
import { type Layouts, packedKey, packedRecordsKey } from "./packed.ts";
import { poolKey } from "./resources.ts";
import { strideOf } from "./strides.ts";

/** A call as a kernel, with what its bindings cover. */
export interface PlacedCall {
  /** What the kernel does. */
  readonly kernel: KernelOptions;
  /** The resource behind each binding, by its name. */
  readonly resources: Readonly<Record<string, BoundResource>>;
  /** What must be copied before. */
  readonly mirrored: readonly Mirrored[];
}

/** The call that copies a snapshot of each window into a slot. */
export function placeLoad(snapshot: Shape): PlacedCall {
  const stride = strideOf(snapshot);
  const state = inSlot(poolKey("states", snapshot), { field: "output" }, stride);
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
          place: { binding: "stateBuffer", base: state.base },
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
      stateBuffer: { key: state.key, offset: 0 },
    },
    mirrored: [],
  };
}

/** Places the calls of one unit. */
export class Placement {
  readonly #locations: Locations;
  readonly #graph: Graph;
  readonly #layouts: Layouts;
  readonly #options: PlaceOptions;
  readonly #mirrors: Mirrors | null;

  /**
   * @param name the unit's name among the buffers
   * @param unit the unit
   * @param layouts where its leaves lie
   * @param options sizes of the plan, limits of the device
   * @param mirrors what is read from mirrors; null for nothing
   */
  constructor(
    name: string,
    unit: Unit,
    layouts: Layouts,
    options: PlaceOptions,
    mirrors: Mirrors | null,
  ) {
    this.#locations = new Locations(name, unit, layouts, options);
    this.#graph = unit.graph;
    this.#layouts = layouts;
    this.#options = options;
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
      const at = bar ? this.#locations.cotangent(id) : this.#locations.value(id);
      const copy = name === null ? null : this.#mirrors?.of(call, name, id, at as Located);
      if (name !== null && copy) {
        const binding = `${name}Mirror`;
        const stride = strideOf(this.#graph.vars[id]!.shape);
        resources[binding] = { key: copy.mirror, offset: 0 };
        reads[name] = { binding, base: `(${BATCH_ROW}) * ${stride}u`, isTexture: true };
        mirrored.push(copy);
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
            ? { of: call.slope, result: bind("slope", this.#locations.value(target) as Located) }
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
    return (writes === "value"
      ? this.#locations.value(target)
      : this.#locations.cotangent(target)) as Located;
  }

  #mode({ writes, adds, target }: Call, returnsSummands: boolean): WriteMode {
    if (writes === "value") return "set";
    if (adds) return "add";
    const { source } = this.#graph.vars[target]!;
    if (source.kind === "state") return { addsIf: `action.inputBarsAdd[${source.index}] != 0u` };
    if (source.kind !== "parameter") return "set";
    return { addsIf: `action.parametersAdd != 0u${returnsSummands ? "" : " || sample != group"}` };
  }

  /** Where a call reads a tensor in an order of its own, and what the bindings cover. */
  #packed(call: Call, id: number, name: string): { place: PackedPlace; bound: PlacedCall["resources"] } {
    const { key, offset } = this.#locations.value(id);
    const isTrained = key === "parameters";
    const packed = this.#layouts[isTrained ? "packedParameters" : "packedConstants"];
    const { members, maxTextureRows } = this.#options;
    const [fours, record] = [`${name}Fours`, `${name}Record`];
    return {
      place: { fours, record, isTexture: packed.isTexture(isTrained ? members : 1, maxTextureRows) },
      bound: {
        [fours]: { key: packedKey(key), offset: 0 },
        [record]: { key: packedRecordsKey(key), ...packed.recordOf(call, offset / 4) },
      },
    };
  }
}
