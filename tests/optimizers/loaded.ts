/**
 * The kernels of an optimizer on the device, linked and launched as a training does.
 *
 * @module
 */
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { GpuMemory } from "../../src/gpu/memory.ts";
import { optimizerBuffers, optimizerKernels, type OptimizerSizes } from "../../src/optimizers/kernels.ts";
import type { Optimizer } from "../../src/optimizers/optimizer.ts";
import { KernelSet, RECORDS } from "../../src/run/kernels.ts";
import type { RecordValues } from "../../src/wgsl/record.ts";
import { limited } from "../ops/harness.ts";
import { LoadedKernels, type NamedLaunch } from "../ops/loaded_kernels.ts";
import { recordTable } from "../ops/records.ts";

type Contents = Readonly<Record<string, ArrayBufferView<ArrayBuffer>>>;

/** What an optimizer is loaded with. */
export interface OptimizerProblem {
  /** Parameters and members. */
  readonly sizes: OptimizerSizes;
  /** What the record of the update says beside them. */
  readonly record: RecordValues;
  /** What lies in the buffers, by key. */
  readonly contents: Contents;
  /** What lies in a buffer of so many floats that has no contents. */
  readonly draw: (floats: number) => Float32Array<ArrayBuffer>;
  /** How many workgroups an axis of a grid may have; default: as many as the device allows. */
  readonly maxGrid?: number;
}

/** An optimizer that lies on the device, ready to be launched. */
export class LoadedOptimizer extends LoadedKernels {
  /** What lay in the buffers before the first launch, by key. */
  readonly before: Contents;

  private constructor(
    gpu: Gpu,
    before: Contents,
    buffers: ReadonlyMap<string, GpuMemory>,
    launches: readonly NamedLaunch[],
  ) {
    super(gpu, "optimizer", buffers, launches);
    this.before = before;
  }

  /** Compiles and uploads. */
  static async create(
    gpu: Gpu,
    optimizer: Optimizer,
    { sizes, record, contents, draw, maxGrid }: OptimizerProblem,
  ): Promise<LoadedOptimizer> {
    const update = recordTable("update", { ...sizes, ...record }, gpu.alignment);
    const before: Record<string, ArrayBufferView<ArrayBuffer>> = { ...contents, update };
    for (const { key, bytes } of optimizerBuffers(optimizer, sizes, 1)) before[key] ??= draw(bytes / 4);
    const buffers = new Map(
      Object.entries(before).map(([key, data]) => {
        const memory = gpu.allocate(key, data.byteLength, key === "update" ? "record" : "storage");
        gpu.write(memory, data);
        return [key, memory];
      }),
    );
    try {
      const launchSizes = { batch: 1, members: sizes.members, groups: 1 };
      const kernels = new KernelSet(
        limited(gpu, { maxGrid }),
        (key) => buffers.get(key)!,
        launchSizes,
        RECORDS,
      );
      const launches = await Promise.all(
        optimizerKernels(optimizer, sizes).map(async ({ label, text, workgroups, modules }) => ({
          label,
          launch: await kernels.whole(label, text, workgroups, modules),
        })),
      );
      return new LoadedOptimizer(gpu, before, buffers, launches);
    } catch (error) {
      for (const buffer of buffers.values()) buffer[Symbol.dispose]();
      throw error;
    }
  }

  /** Reads back the buffers of some keys. */
  async read(keys: readonly string[]): Promise<Record<string, Float32Array>> {
    const bytes = await this.gpu.read(keys.map((key) => ({ memory: this.buffers.get(key) as GpuMemory })));
    return Object.fromEntries(
      keys.map((key, i) => [key, new Float32Array(bytes[i]!, 0, this.before[key]!.byteLength / 4)]),
    );
  }
}
