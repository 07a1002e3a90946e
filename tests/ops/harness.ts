/**
 * Runs one function of ops on the device as a plan does: traced, placed, linked, launched. All memory holds random
 * numbers beforehand, and inputs are read where they lie, so that a read or write at a wrong place shows.
 *
 * @module
 */
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { GpuMemory } from "../../src/gpu/memory.ts";
import { forwardCalls } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/ndarray.ts";
import { FlatLayout } from "../../src/run/flat.ts";
import { KernelSet, type RecordedLaunch } from "../../src/run/kernels.ts";
import type { Unit } from "../../src/run/model.ts";
import { RecordLayout } from "../../src/wgsl/record.ts";
import { numbers, prepare, type Use } from "./use.ts";

/** Sizes and modes of a run. */
export interface RunOptions {
  /** B, the rows of a batch. */
  readonly batch: number;
  /** How many of them are samples; default: all. */
  readonly live?: number;
  /** M; default 1. */
  readonly members?: number;
  /** Whether cotangents add to what lies there. */
  readonly accumulates?: boolean;
  /** The most workgroups on an axis of a grid; default: the device's. */
  readonly maxGrid?: number;
  /** Numbers that replace the random ones, over and over, by the name of the input, or `vBar`. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
  /** Seed of the random numbers. */
  readonly seed?: number;
}

/** Where a tensor of one sample and member lies. */
export interface Located {
  /** The buffer. */
  readonly key: string;
  /** Its first float. */
  readonly at: number;
}

/** What a run found. */
export interface Run {
  /** All buffers before and after, by key. */
  readonly before: ReadonlyMap<string, Float32Array>;
  readonly after: ReadonlyMap<string, Float32Array>;
  /** The graph and its adjoint. */
  readonly unit: Unit;
  /** How many launches there were. */
  readonly numLaunches: number;
  readonly batch: number;
  readonly live: number;
  readonly members: number;
  readonly groups: number;
  /** The value of an input. */
  inputAt(name: string, member: number, sample: number): Located;
  /** The cotangent of an input; of a parameter, the partial sum of a group. */
  inputBarAt(name: string, member: number, sampleOrGroup: number): Located;
  outputAt(member: number, sample: number): Located;
  /** The cotangent of the output, or the number that stands for it. */
  outputBarAt(member: number, sample: number): Located | number;
  /** An inner result or its cotangent: its buffer, floats of one row, and the row of a sample. */
  readonly inner: readonly { readonly key: string; readonly size: number; rowOf(row: number): number }[];
}

const NAME = "use";
const NUM_SLOTS = 6;
const INPUT_SLOTS = [4, 1, 5, 0];
const OUTPUT_SLOT = 2;
const INPUT_BAR_SLOTS = [3, 0, 5, 1];
const OUTPUT_BAR_SLOT = 4;
const ACTIVATION_SLOT = 1;
const TERM = 1;
const WEIGHT = 0.75;
const TIMES = [2, 1];
const NUM_SNAPSHOT_ROWS = 11;
const FIRST_WINDOW = 3;
/** The records lie behind others, at these places of their tables. */
const ACTION_AT = 1;
const UPDATE_AT = 2;

const padded = (n: number): number => Math.ceil(n / 4) * 4;

/** Runs forward and adjoint of a use. */
export async function run(gpu: Gpu, use: Use, options: RunOptions): Promise<Run> {
  const { batch, live = batch, members = 1, accumulates = false, seed = 1, values = {} } = options;
  const random = numbers(seed);
  const { unit, states, isTrained, parameters, constants, pathOf } = prepare(use, random);
  const { graph } = unit;
  const groups = Math.min(32, batch);
  const rows = members * batch;
  const layouts = {
    parameters: new FlatLayout(parameters),
    constants: new FlatLayout(isTrained ? constants : { ...parameters, ...constants }),
    isTrained,
  };
  const outputSize = sizeOf(graph.vars[graph.output]!.shape);
  const snapshot = Object.values(use.inputs).find(({ role }) => role === "snapshot");
  const dataStride = snapshot ? padded(sizeOf(snapshot.shape)) : 0;
  const windows = Uint32Array.from(
    { length: FIRST_WINDOW + rows },
    (_, i) => (i * 5 + 1) % (NUM_SNAPSHOT_ROWS - 2),
  );
  const floatsOf = (key: string): number => {
    const [what, stride] = key.split(" ");
    if (what === "states" || what === "cotangents") return NUM_SLOTS * rows * Number(stride);
    if (what === NAME && stride !== "constants") {
      return 3 * rows * padded(sizeOf(graph.vars[parseInt(stride!.slice(1))]!.shape));
    }
    return {
      [`${NAME} constants`]: layouts.constants.length,
      parameters: members * layouts.parameters.length,
      partials: groups * members * layouts.parameters.length,
      losses: 3 * rows,
      data: NUM_SNAPSHOT_ROWS * dataStride,
    }[key]!;
  };
  const before = new Map<string, Float32Array<ArrayBuffer>>();
  const floats = (key: string) => {
    const known = before.get(key) ?? Float32Array.from({ length: floatsOf(key) }, random);
    before.set(key, known);
    return known;
  };
  const row = (member: number, sample: number) => member * batch + sample;
  const located: Pick<Run, "inputAt" | "inputBarAt" | "outputAt" | "outputBarAt"> = {
    inputAt(name, member, sample) {
      const { role, shape } = use.inputs[name]!;
      const stride = padded(sizeOf(shape));
      const k = states.indexOf(name);
      if (role === "state") {
        return { key: `states ${stride}`, at: (INPUT_SLOTS[k]! * rows + row(member, sample)) * stride };
      }
      if (role === "snapshot") {
        return { key: "data", at: (windows[FIRST_WINDOW + row(member, sample)]! + TIMES[k]!) * stride };
      }
      if (role === "parameter" && isTrained) {
        return {
          key: "parameters",
          at: member * layouts.parameters.length + layouts.parameters.offsetOf(name),
        };
      }
      return {
        key: `${NAME} constants`,
        at: layouts.constants.offsetOf(role === "parameter" ? name : pathOf(name)),
      };
    },
    inputBarAt(name, member, index) {
      const { role, shape } = use.inputs[name]!;
      const stride = padded(sizeOf(shape));
      if (role === "parameter") {
        const { length } = layouts.parameters;
        return {
          key: "partials",
          at: (index * members + member) * length + layouts.parameters.offsetOf(name),
        };
      }
      const slot = INPUT_BAR_SLOTS[states.indexOf(name)]!;
      return { key: `cotangents ${stride}`, at: (slot * rows + row(member, index)) * stride };
    },
    outputAt(member, sample) {
      if (use.reduction) return { key: "losses", at: TERM * rows + row(member, sample) };
      const stride = padded(outputSize);
      return { key: `states ${stride}`, at: (OUTPUT_SLOT * rows + row(member, sample)) * stride };
    },
    outputBarAt(member, sample) {
      if (use.reduction) return use.reduction === "mean" ? WEIGHT / live : WEIGHT;
      const stride = padded(outputSize);
      return { key: `cotangents ${stride}`, at: (OUTPUT_BAR_SLOT * rows + row(member, sample)) * stride };
    },
  };

  // The numbers: random everywhere, constants where they lie, and those that were asked for.
  if (layouts.constants.length > 0) {
    for (const [path, value] of Object.entries(constants)) {
      floats(`${NAME} constants`).set(value.data, layouts.constants.offsetOf(path));
    }
  }
  for (const [name, list] of Object.entries(values)) {
    const size = name === "vBar" ? outputSize : sizeOf(use.inputs[name]!.shape);
    for (let r = 0; r < rows; r++) {
      const [m, s] = [Math.floor(r / batch), r % batch];
      const at = name === "vBar" ? located.outputBarAt(m, s) as Located : located.inputAt(name, m, s);
      for (let i = 0; i < size; i++) floats(at.key)[at.at + i] = list[i % list.length]!;
    }
  }

  const [action, update] = [new RecordLayout("Action"), new RecordLayout("Update")];
  const tables = new Map<string, DataView<ArrayBuffer>>();
  const table = (
    name: string,
    layout: RecordLayout,
    at: number,
    record: Parameters<RecordLayout["write"]>[2],
  ) => {
    const view = new DataView(new ArrayBuffer(3 * gpu.alignment));
    for (let i = 0; i < view.byteLength; i += 4) view.setUint32(i, 1 + i % 5, true);
    layout.write(view, at * gpu.alignment, record);
    tables.set(name, view);
  };
  table("action", action, ACTION_AT, {
    inputs: INPUT_SLOTS,
    inputBars: INPUT_BAR_SLOTS,
    inputBarsAdd: INPUT_SLOTS.map(() => accumulates ? 1 : 0),
    times: TIMES,
    output: OUTPUT_SLOT,
    outputBar: OUTPUT_BAR_SLOT,
    activations: ACTIVATION_SLOT,
    parametersAdd: accumulates ? 1 : 0,
    term: TERM,
    weight: WEIGHT,
  });
  const { length } = layouts.parameters;
  table("update", update, UPDATE_AT, {
    batch,
    members,
    live,
    groups,
    windows: FIRST_WINDOW,
    parameters: length,
  });

  const buffers = new Map<string, GpuMemory>();
  const memory = (key: string): GpuMemory => {
    const known = buffers.get(key);
    if (known) return known;
    const data = tables.get(key) ?? (key === "windows" ? windows : floats(key));
    const fresh = gpu.allocate(key, data.byteLength, tables.has(key) ? "record" : "storage");
    gpu.write(fresh, data);
    buffers.set(key, fresh);
    return fresh;
  };
  try {
    const device = {
      maxGrid: options.maxGrid ?? gpu.maxGrid,
      pipeline: (kernel: Parameters<Gpu["pipeline"]>[0]) => gpu.pipeline(kernel),
      bind: (...x: Parameters<Gpu["bind"]>) => gpu.bind(...x),
    } as unknown as Gpu;
    const bytes = { action: action.size, update: update.size };
    const kernels = new KernelSet(device, memory, { batch, members, groups }, bytes);
    await kernels.addUnit(NAME, unit, layouts);
    const launches = [...forwardCalls(graph), ...unit.adjoint].map((call) => kernels.launchOf(call));
    gpu.submit(use.name, (pass) => {
      for (const launch of launches) pass.launch(launch, offsetsOf(launch, gpu.alignment));
    });
    const keys = [...before.keys()];
    const bytesOf = await gpu.read(keys.map((key) => ({ memory: memory(key), bytes: 4 * floatsOf(key) })));
    const after = new Map(keys.map((key, i) => [key, new Float32Array(bytesOf[i]!)]));
    const inner = keys.filter((key) => /^use x/.test(key)).map((key) => {
      const id = parseInt(key.slice(NAME.length + 2));
      const slot = unit.kept.has(id) && !key.endsWith("~") ? ACTIVATION_SLOT : 0;
      const size = sizeOf(graph.vars[id]!.shape);
      return { key, size, rowOf: (r: number) => (slot * rows + r) * padded(size) };
    });
    return {
      before,
      after,
      unit,
      numLaunches: launches.length,
      batch,
      live,
      members,
      groups,
      inner,
      ...located,
    };
  } finally {
    for (const buffer of buffers.values()) buffer[Symbol.dispose]();
  }
}

/** The byte offsets of the records that a launch reads. */
export function offsetsOf({ readsAction, readsUpdate }: RecordedLaunch, alignment: number): number[] {
  return [...(readsAction ? [ACTION_AT * alignment] : []), ...(readsUpdate ? [UPDATE_AT * alignment] : [])];
}
