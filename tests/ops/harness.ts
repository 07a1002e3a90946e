/**
 * Runs one function of ops on the device as a plan does: traced, placed, linked, launched. All memory holds random
 * numbers beforehand, and inputs are read where they lie, so that a read or write at a wrong place shows.
 *
 * @module
 */
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { DeviceMemory, GpuMemory } from "../../src/gpu/memory.ts";
import { formOf, forwardCalls } from "../../src/graph/graph.ts";
import { KernelSet, RECORDS } from "../../src/run/kernels.ts";
import type { Unit } from "../../src/run/model.ts";
import { packedBuffers } from "../../src/run/packed.ts";
import { allocate } from "../../src/run/texels.ts";
import { LoadedKernels, type NamedLaunch } from "./loaded_kernels.ts";
import { Memory, NAME, type RunOptions } from "./memory.ts";
import { recordTable } from "./records.ts";
import { prepare, type Use } from "./use.ts";

/** What of a device's limits a test changes. */
type Limits = { readonly [K in "maxGrid" | "maxUniformBytes" | "maxTextureRows"]?: number | undefined };

/** A device whose grids may have only so many workgroups on an axis, and that reads so much from uniform memory. */
export function limited(
  gpu: Gpu,
  {
    maxGrid = gpu.maxGrid,
    maxUniformBytes = gpu.maxUniformBytes,
    maxTextureRows = gpu.maxTextureRows,
  }: Limits,
): Gpu {
  return {
    maxGrid,
    maxUniformBytes,
    maxTextureRows,
    write: (...x: Parameters<Gpu["write"]>) => gpu.write(...x),
    maxBuffersPerKernel: gpu.maxBuffersPerKernel,
    maxTexturesPerKernel: gpu.maxTexturesPerKernel,
    vectorLanes: gpu.vectorLanes,
    maxLoopTurns: gpu.maxLoopTurns,
    pipeline: (...x: Parameters<Gpu["pipeline"]>) => gpu.pipeline(...x),
    bind: (...x: Parameters<Gpu["bind"]>) => gpu.bind(...x),
  } as unknown as Gpu;
}

/** What a run found. */
export interface Run {
  /** All buffers beforehand, and where things lie in them. */
  readonly memory: Memory;
  /** All buffers afterwards, by key. */
  readonly after: ReadonlyMap<string, Float32Array>;
  /** The graph and its adjoint. */
  readonly unit: Unit;
  /** How many launches there were. */
  readonly numLaunches: number;
}

/** A use that lies on the device, ready to be launched: its launches are forward first. */
export class Loaded extends LoadedKernels {
  readonly #unit: Unit;
  readonly #memory: Memory;

  private constructor(
    gpu: Gpu,
    use: Use,
    unit: Unit,
    memory: Memory,
    buffers: ReadonlyMap<string, DeviceMemory>,
    launches: readonly NamedLaunch[],
  ) {
    super(gpu, use.name, buffers, launches);
    this.#unit = unit;
    this.#memory = memory;
  }

  /** Compiles and uploads. */
  static async create(gpu: Gpu, use: Use, options: RunOptions): Promise<Loaded> {
    const prepared = prepare(use);
    const { unit } = prepared;
    const memory = new Memory(use, prepared, options);
    const tables: Record<string, DataView<ArrayBuffer>> = {
      action: recordTable("action", memory.action, gpu.alignment),
      update: recordTable("update", memory.update, gpu.alignment),
    };
    const buffers = new Map<string, DeviceMemory>();
    const device = limited(gpu, options);
    const packed = memory.packs.flatMap((source) => packedBuffers(source, device.maxTextureRows));
    const bufferOf = (key: string): DeviceMemory => {
      const known = buffers.get(key);
      if (known) return known;
      const spec = packed.find((spec) => spec.key === key);
      if (spec) {
        const fresh = allocate(gpu, spec);
        buffers.set(key, fresh);
        return fresh;
      }
      const data = tables[key] ?? (key === "windows" ? memory.windows : memory.floats(key));
      const fresh = gpu.allocate(key, data.byteLength, key in tables ? "record" : "storage");
      gpu.write(fresh, data);
      buffers.set(key, fresh);
      return fresh;
    };
    try {
      const kernels = new KernelSet(device, bufferOf, memory.sizes, RECORDS);
      await kernels.addUnit(NAME, unit, memory.layouts);
      for (const source of memory.packs) {
        const launch = await kernels.pack(source);
        gpu.submit("pack", (pass) => pass.launch(launch, []));
      }
      const launches = [...forwardCalls(unit.graph), ...unit.adjoint].flatMap((call) => {
        const launch = kernels.launchOf(call);
        return launch ? [{ label: `${formOf(call).name}.${call.fn}`, launch }] : [];
      });
      return new Loaded(gpu, use, unit, memory, buffers, launches);
    } catch (error) {
      for (const buffer of buffers.values()) buffer[Symbol.dispose]();
      throw error;
    }
  }

  /** Reads back all buffers. */
  async read(): Promise<Run> {
    const stretches = [...this.#memory.buffers].flatMap(([key, { byteLength }]) => {
      const memory = this.buffers.get(key) as GpuMemory | undefined;
      return memory ? [{ key, memory, bytes: byteLength }] : [];
    });
    const bytes = await this.gpu.read(stretches);
    const after = new Map(stretches.map(({ key }, i) => [key, new Float32Array(bytes[i]!)]));
    return { memory: this.#memory, after, unit: this.#unit, numLaunches: this.launches.length };
  }
}

/** Runs forward and adjoint of a use. */
export async function run(gpu: Gpu, use: Use, options: RunOptions): Promise<Run> {
  using loaded = await Loaded.create(gpu, use, options);
  loaded.submit();
  return await loaded.read();
}
