/**
 * The probe: a function of ops on the device for checking it, with one input as the state of a batch and the others as
 * parameters.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import type { DeviceMemory, GpuMemory } from "../gpu/memory.ts";
import {
  adjointCalls,
  type Call,
  forwardCalls,
  type Graph,
  graphOfTrace,
  innerReads,
} from "../graph/graph.ts";
import { trace } from "../graph/trace.ts";
import type { Var } from "../graph/var.ts";
import { type NdArray, type Shape, sizeOf } from "../ndarray.ts";
import { FlatLayout } from "../run/flat.ts";
import { KernelSet, RECORDS } from "../run/kernels.ts";
import type { Unit } from "../run/model.ts";
import { type Layouts, layoutsOf, packedBuffers, type PackedSource, packedSources } from "../run/packed.ts";
import { constantPath, constantsKey, keptKey, numGroups, poolKey } from "../run/resources.ts";
import { scratchStride } from "../run/scratch.ts";
import { allocate } from "../run/texels.ts";
import { strideOf } from "../run/strides.ts";
import { ACTION, type RecordLayout, type RecordValues, UPDATE } from "../wgsl/record.ts";

/** A function of variables by name. */
export type Checked = (inputs: Record<string, Var>) => Var;

/** What is put on the device. */
export interface ProbeOptions {
  /** The function's name. */
  readonly name: string;
  /** The function. */
  readonly op: Checked;
  /** The values of its inputs. */
  readonly inputs: Readonly<Record<string, NdArray>>;
  /** The input that is the state of a batch; null where all are parameters. */
  readonly state: string | null;
  /** The inputs whose cotangents are computed. */
  readonly wants: readonly string[];
  /** Rows of the batch. */
  readonly batch: number;
}

const NAME = "probe";
/** The slots of the state and of the result, and of their cotangents. */
const [INPUT_SLOT, OUTPUT_SLOT, NUM_SLOTS] = [0, 1, 2];

/** Traces the function with one input as a state. */
function graphFor({ name, op, inputs, state, wants }: ProbeOptions): Graph {
  const states = state === null ? [] : [inputs[state]!.shape];
  const traced = trace(name, states, (tracer, [u]) =>
    op(Object.fromEntries(
      Object.entries(inputs).map(([path, { shape }]) => [
        path,
        path === state ? u! : tracer.source(shape, { kind: "parameter", path }),
      ]),
    )));
  return graphOfTrace(traced, (path) => wants.includes(path));
}

/** A function on the device. */
export class Probe implements Disposable {
  /** The shape of its result. */
  readonly outputShape: Shape;
  readonly #gpu: Gpu;
  readonly #options: ProbeOptions;
  readonly #unit: Unit;
  readonly #layouts: Layouts;
  readonly #packs: readonly PackedSource[];
  readonly #kernels: KernelSet;
  readonly #memories = new Map<string, DeviceMemory>();

  private constructor(gpu: Gpu, options: ProbeOptions) {
    const { inputs, state, wants, batch } = options;
    const graph = graphFor(options);
    const adjoint = adjointCalls(graph, state === null ? [] : [wants.includes(state)]);
    const constants = Object.fromEntries(
      graph.vars.flatMap(({ id, source }) =>
        source.kind === "constant" ? [[constantPath(id), source.value] as const] : []
      ),
    );
    this.#gpu = gpu;
    this.#options = options;
    this.#unit = {
      graph,
      adjoint,
      kept: innerReads(graph, adjoint),
      stateKinds: state === null ? [] : ["state"],
      batchReduction: null,
    };
    const laidOut = { unit: this.#unit, constants: new FlatLayout(constants), isTrained: true };
    this.#layouts = layoutsOf([laidOut], new FlatLayout(inputs))[0]!;
    this.#packs = packedSources([{ name: NAME, layouts: this.#layouts }], 1);
    this.outputShape = graph.vars[graph.output]!.shape;
    const sizes = { batch, members: 1, groups: numGroups(batch) };
    this.#kernels = new KernelSet(gpu, (key) => this.#memory(key), sizes, RECORDS);
    const { parameters } = this.#layouts;
    if (parameters.length > 0) gpu.write(this.#buffer("parameters"), parameters.pack(inputs));
    const fixed = this.#layouts.constants;
    if (fixed.length > 0) gpu.write(this.#buffer(constantsKey(NAME)), fixed.pack(constants));
  }

  /**
   * Compiles, allocates and uploads.
   *
   * @param gpu the device
   * @param options the function and its inputs
   */
  static async create(gpu: Gpu, options: ProbeOptions): Promise<Probe> {
    const probe = new Probe(gpu, options);
    try {
      await probe.#kernels.addUnit(NAME, probe.#unit, probe.#layouts);
      for (const source of probe.#packs) {
        const launch = await probe.#kernels.pack(source);
        gpu.submit(`pack ${source.key}`, (pass) => pass.launch(launch, []));
      }
      return probe;
    } catch (error) {
      probe[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * The results of rows of values of the state.
   *
   * @param rows as many as the batch has, or fewer
   */
  async forward(rows: readonly Float32Array[]): Promise<Float32Array[]> {
    const shape = this.#options.inputs[this.#options.state!]!.shape;
    this.#fill(poolKey("states", this.outputShape), this.#slot(this.outputShape, OUTPUT_SLOT), NaN);
    this.#write(poolKey("states", shape), this.#slot(shape, INPUT_SLOT), strideOf(shape), rows);
    this.#submit(forwardCalls(this.#unit.graph), rows.length);
    return await this.#readOutput(rows.length);
  }

  /**
   * The result of the inputs, and their cotangents, by name; what is not written is NaN.
   *
   * @param vBar the cotangent of the result
   */
  async adjoint(vBar: Float32Array): Promise<{ v: Float32Array; bars: Map<string, Float32Array> }> {
    const { inputs, state, wants } = this.#options;
    const shape = this.outputShape;
    const { parameters } = this.#layouts;
    this.#fill(poolKey("states", shape), this.#slot(shape, OUTPUT_SLOT), NaN);
    this.#write(poolKey("cotangents", shape), this.#slot(shape, OUTPUT_SLOT), strideOf(shape), [vBar]);
    if (parameters.length > 0) {
      this.#gpu.write(this.#buffer("partials"), new Float32Array(parameters.length).fill(NaN));
    }
    if (state !== null) {
      const { shape, data } = inputs[state]!;
      this.#write(poolKey("states", shape), this.#slot(shape, INPUT_SLOT), strideOf(shape), [data]);
      this.#fill(poolKey("cotangents", shape), this.#slot(shape, INPUT_SLOT), NaN);
    }
    this.#submit([...forwardCalls(this.#unit.graph), ...this.#unit.adjoint], 1);
    const [v] = await this.#readOutput(1);
    const stretches = wants.map((name) => {
      const { shape, size } = inputs[name]!;
      return name === state
        ? {
          memory: this.#buffer(poolKey("cotangents", shape)),
          offset: 4 * this.#slot(shape, INPUT_SLOT),
          bytes: 4 * size,
        }
        : { memory: this.#buffer("partials"), offset: 4 * parameters.offsetOf(name), bytes: 4 * size };
    });
    const bytes = await this.#gpu.read(stretches);
    return { v: v!, bars: new Map(wants.map((name, i) => [name, new Float32Array(bytes[i]!)])) };
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    for (const memory of this.#memories.values()) memory[Symbol.dispose]();
    this.#memories.clear();
  }

  /** The first float of a slot of a pool. */
  #slot(shape: Shape, slot: number): number {
    return slot * this.#options.batch * strideOf(shape);
  }

  #fill(key: string, at: number, x: number): void {
    const { batch } = this.#options;
    const floats = batch * strideOf(this.outputShape);
    const memory = this.#buffer(key);
    this.#gpu.write(memory, new Float32Array(Math.min(floats, memory.bytes / 4 - at)).fill(x), 4 * at);
  }

  #write(key: string, at: number, stride: number, rows: readonly Float32Array[]): void {
    const floats = new Float32Array(rows.length * stride);
    rows.forEach((row, i) => floats.set(row, i * stride));
    this.#gpu.write(this.#buffer(key), floats, 4 * at);
  }

  async #readOutput(count: number): Promise<Float32Array[]> {
    const stride = strideOf(this.outputShape);
    const [bytes] = await this.#gpu.read([{
      memory: this.#buffer(poolKey("states", this.outputShape)),
      offset: 4 * this.#slot(this.outputShape, OUTPUT_SLOT),
      bytes: 4 * count * stride,
    }]);
    const floats = new Float32Array(bytes!);
    const size = sizeOf(this.outputShape);
    return Array.from({ length: count }, (_, i) => floats.subarray(i * stride, i * stride + size));
  }

  #submit(calls: readonly Call[], live: number): void {
    const { batch } = this.#options;
    const record = (key: string, layout: RecordLayout, values: RecordValues) => {
      const view = new DataView(new ArrayBuffer(this.#gpu.alignment));
      layout.write(view, 0, values);
      this.#gpu.write(this.#buffer(key), view);
    };
    record("action", ACTION, {
      inputs: [INPUT_SLOT],
      inputBars: [INPUT_SLOT],
      output: OUTPUT_SLOT,
      outputBar: OUTPUT_SLOT,
    });
    const parameters = this.#layouts.parameters.length;
    record("update", UPDATE, { batch, members: 1, live, groups: numGroups(batch), parameters });
    this.#gpu.submit(this.#options.name, (pass) => {
      for (const call of calls) {
        const launch = this.#kernels.launchOf(call);
        if (!launch) continue;
        pass.launch(launch, [...(launch.readsAction ? [0] : []), ...(launch.readsUpdate ? [0] : [])]);
      }
    });
  }

  #buffer(key: string): GpuMemory {
    return this.#memory(key) as GpuMemory;
  }

  #memory(key: string): DeviceMemory {
    const known = this.#memories.get(key);
    if (known) return known;
    const memory = this.#allocate(key);
    this.#memories.set(key, memory);
    return memory;
  }

  #allocate(key: string): DeviceMemory {
    const gpu = this.#gpu;
    const packed = this.#packs.flatMap((source) => packedBuffers(source, gpu.maxTextureRows))
      .find((spec) => spec.key === key);
    if (packed) return allocate(gpu, packed);
    const isRecord = key === "action" || key === "update";
    return gpu.allocate(
      key,
      isRecord ? gpu.alignment : 4 * this.#floatsOf(key),
      isRecord ? "record" : "storage",
    );
  }

  #floatsOf(key: string): number {
    const { batch } = this.#options;
    const { parameters, constants } = this.#layouts;
    if (key === "parameters") return parameters.length;
    if (key === "partials") return parameters.length * numGroups(batch);
    if (key === constantsKey(NAME)) return constants.length;
    if (key === "windows") return batch;
    const stride = scratchStride(key);
    if (stride !== null) return batch * stride;
    const kept = this.#unit.graph.vars.find(({ id }) => keptKey(NAME, id) === key);
    if (kept) return batch * strideOf(kept.shape);
    return NUM_SLOTS * batch * Number(key.split(" ")[1]); // a pool
  }
}
