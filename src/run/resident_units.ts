/**
 * The functions and losses of a model with their tensors in private memory: what the resident kernel can do.
 *
 * @module
 */
import {
  type Call,
  formOf,
  forwardCalls,
  innerReads,
  readsOf,
  recomputeCalls,
  tensorOf,
} from "../graph/graph.ts";
import { type AnyStepper, isFrozen } from "../graph/stepper.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import type { Place } from "../wgsl/use.ts";
import type { KernelOptions } from "../wgsl/kernel.ts";
import {
  KindTable,
  type Leaf,
  type Move,
  type ResidentText,
  type ResidentUnit,
  type TrainedLeaf,
} from "../wgsl/resident_table.ts";
import { FlatLayout } from "./flat.ts";
import type { PlannedUnit } from "./layout.ts";
import { constantPath } from "./resources.ts";
import { replaySpanOf } from "./resident_spans.ts";
import { strideOf } from "./strides.ts";

/**
 * What the resident kernel can do for a model. It does not depend on how often the model applies or compares.
 *
 * @param units the functions and losses
 * @param stepper the stepper that is trained
 * @param snapshot the shape of a snapshot
 */
export function residentTextOf(
  units: readonly PlannedUnit[],
  stepper: AnyStepper,
  snapshot: Shape,
): ResidentText {
  const parameters = new FlatLayout(stepper.parameters);
  const registers = new Registers(parameters);
  registers.initial(strideOf(snapshot));
  const made = units.map((planned) => registers.unit(planned));
  const moves = [...registers.moves.values()];
  const leaves = [...registers.leaves.values()];
  const bars = new Map(leaves.flatMap(({ offset, bar }) => bar === null ? [] : [[offset, bar] as const]));
  const trained = [...parameters.leaves].filter(([path]) => !isFrozen(stepper, path)).map(([, leaf]) => leaf);
  const replaySpan = replaySpanOf(made, moves, strideOf(snapshot));
  if (replaySpan !== null) {
    for (const name of ["kept", "midway"]) registers.floats.set(name, strideOf(snapshot));
  }
  return {
    units: made,
    registers: registers.floats,
    moves,
    leaves,
    summed: numbered(trained.flatMap(({ offset, size }) => {
      const bar = bars.get(offset);
      return bar === undefined ? [] : [{ offset, size, bar }];
    })),
    unreached: numbered(trained.filter(({ offset }) => !bars.has(offset))),
    constants: registers.constants,
    replaySpan,
  };
}

/** Tensors whose numbers are counted from the first one on, without the padding between them. */
function numbered<L extends { readonly offset: number; readonly size: number }>(
  leaves: readonly L[],
): (L & TrainedLeaf)[] {
  let start = 0;
  return leaves.map((leaf) => {
    const floats = Math.ceil(leaf.size / 4) * 4;
    const placed = { ...leaf, start, floats };
    start += floats;
    return placed;
  });
}

/** Gives each tensor a register. */
class Registers {
  readonly floats = new Map<string, number>();
  readonly leaves = new Map<string, Leaf>();
  readonly moves = new Map<string, Move>();
  /** The floats of the constants so far. */
  constants = 0;
  readonly #parameters: FlatLayout;

  constructor(parameters: FlatLayout) {
    this.#parameters = parameters;
  }

  unit(planned: PlannedUnit): ResidentUnit {
    const { name, unit: { graph, adjoint, stateKinds, batchReduction } } = planned;
    const kernels = new Map<Call["node"], Map<string, KernelOptions>>();
    const kernelOf = (call: Call): KernelOptions => {
      const byFunction = kernels.get(call.node) ?? new Map<string, KernelOptions>();
      const known = byFunction.get(call.fn) ?? this.#kernel(planned, call);
      kernels.set(call.node, byFunction.set(call.fn, known));
      return known;
    };
    const forward = forwardCalls(graph).map(kernelOf);
    const isLoss = batchReduction !== null;
    // A loss is reversed right behind its forward calls; a function makes again what its adjoint reads.
    const again = isLoss ? [] : recomputeCalls(graph, resultsRead(planned));
    const reversed = [...again, ...adjoint].map(kernelOf);
    const bars = graph.vars.flatMap(({ id, source, shape }) =>
      source.kind === "state" && adjoint.some(({ target }) => target === id)
        ? [{ input: source.index, stride: strideOf(shape) }]
        : []
    );
    const result = strideOf(graph.vars[graph.output]!.shape);
    this.#register("output", result);
    let targetStride: number | null = null;
    for (const { source, shape } of graph.vars) {
      if (source.kind !== "state") continue;
      const register = `state${source.index}`;
      const stride = strideOf(shape);
      this.#register(register, stride);
      if (stateKinds[source.index] === "state") this.#move("fetch", register, stride);
      else if (source.index === 0) this.#move("load", register, stride);
      else targetStride = stride;
    }
    if (isLoss) {
      this.#register("seed", 4);
      bars.forEach(({ stride }) => this.#cotangent(stride));
    } else if (adjoint.length > 0) {
      this.#cotangent(result);
      bars.forEach(({ stride }) => this.#cotangent(stride));
    }
    bars.filter(({ input }) => input > 0).forEach(({ input, stride }) => {
      this.#move("stash", `inputBar${input}`, stride);
      this.#move("accumulate", `inputBar${input}`, stride);
    });
    this.constants += planned.constants.length;
    return {
      name,
      forward,
      adjoint: reversed,
      stride: result,
      bars,
      loss: isLoss ? { isMean: batchReduction === "mean", targetStride } : null,
    };
  }

  /** A snapshot that becomes a state: loaded, and stored where it is read later. */
  initial(stride: number): void {
    this.#register("state0", stride);
    this.#move("load", "state0", stride);
    this.#move("stash", "state0", stride);
  }

  /** The current cotangent, and how it is put aside and taken up again. */
  #cotangent(stride: number): void {
    this.#register("outputBar", stride);
    for (const kind of ["fetch", "add", "stash"] as const) this.#move(kind, "outputBar", stride);
  }

  #register(name: string, floats: number): Place {
    this.floats.set(name, Math.max(floats, this.floats.get(name) ?? 0));
    return { binding: name, base: "0u" };
  }

  #move(kind: Move["kind"], register: string, stride: number): void {
    const move = { kind, register, stride };
    this.moves.set(KindTable.labelOf(move), move);
  }

  #kernel(planned: PlannedUnit, call: Call): KernelOptions {
    const { node, fn, target, writes, adds, slope } = call;
    const own = plain(call);
    const placed = readsOf(own).map(({ name, bar, id }) => ({
      name,
      place: bar ? this.#bar(planned, id) : this.#value(planned, id),
    }));
    const reads = placed.flatMap(({ name, place }) => name === null ? [] : [[name, place] as const]);
    const { source, shape } = planned.unit.graph.vars[target]!;
    const isValue = writes === "value";
    return {
      use: {
        op: formOf(own),
        constants: node.constants,
        inputs: node.op.inputs,
        readByFour: [],
        reads: Object.fromEntries(reads),
        write: {
          tensor: tensorOf(call),
          place: isValue ? this.#value(planned, target) : this.#bar(planned, target),
          residual: placed.find(({ name }) => name === null)?.place,
          mode: !isValue && (adds || source.kind === "parameter") ? "add" : "set",
          activate: isValue ? node.epilogue ?? undefined : undefined,
          slope: slope ? { of: slope, result: this.#value(planned, target) } : undefined,
        },
      },
      fn,
      calls: sizeOf(shape),
      summands: node.op.text.functions.get(fn)!.returns ? node.summands[fn]! : 0,
      overBatch: source.kind === "parameter",
    };
  }

  #value({ name, unit: { graph }, isTrained, constants }: PlannedUnit, id: number): Place {
    const { shape, source } = graph.vars[id]!;
    switch (source.kind) {
      case "state":
        return this.#register(`state${source.index}`, strideOf(shape));
      case "parameter":
        return isTrained
          ? this.#leaf(`p${source.path}`, true, this.#parameters.offsetOf(source.path), sizeOf(shape))
          : this.#leaf(
            `${name} ${source.path}`,
            false,
            this.constants + constants.offsetOf(source.path),
            sizeOf(shape),
          );
      case "constant": {
        const path = constantPath(id);
        return this.#leaf(`${name} ${path}`, false, this.constants + constants.offsetOf(path), sizeOf(shape));
      }
      case "result":
        return this.#register(id === graph.output ? "output" : `${name}x${id}`, strideOf(shape));
    }
  }

  #bar({ name, unit: { graph, batchReduction } }: PlannedUnit, id: number): Place {
    const { shape, source } = graph.vars[id]!;
    const stride = strideOf(shape);
    if (source.kind === "state") return this.#register(`inputBar${source.index}`, stride);
    if (source.kind === "parameter") {
      const key = `p${source.path}`;
      this.#leaf(key, true, this.#parameters.offsetOf(source.path), sizeOf(shape));
      const leaf = this.leaves.get(key)!;
      const bar = `${leaf.register}Bar`;
      this.leaves.set(key, { ...leaf, bar });
      return this.#register(bar, stride);
    }
    if (id !== graph.output) return this.#register(`${name}x${id}Bar`, stride);
    return this.#register(batchReduction === null ? "outputBar" : "seed", stride);
  }

  #leaf(key: string, isParameter: boolean, offset: number, size: number): Place {
    const floats = Math.ceil(size / 4) * 4;
    const register = this.leaves.get(key)?.register ?? `leaf${this.leaves.size}`;
    this.leaves.set(key, this.leaves.get(key) ?? { register, isParameter, offset, size, floats, bar: null });
    return this.#register(register, floats);
  }
}

/** The results that the adjoint of a function reads: inner ones, and its own. */
function resultsRead({ unit: { graph, adjoint } }: PlannedUnit): Set<number> {
  const calls = adjoint.map(plain);
  const inner = innerReads(graph, calls);
  const own = calls.some((call) => readsOf(call).some(({ bar, id }) => !bar && id === graph.output));
  return new Set(own ? [...inner, graph.output] : inner);
}

/** A call of the op's own text: blocks are nothing for a single lane. */
function plain(call: Call): Call {
  return { ...call, node: { ...call.node, blockedCalls: {} } };
}
