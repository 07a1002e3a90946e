/**
 * Kernels that lie on the device with their buffers, ready to be launched.
 *
 * @module
 */
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { DeviceMemory } from "../../src/gpu/memory.ts";
import type { RecordedLaunch } from "../../src/run/kernels.ts";
import { launchRecorded } from "./records.ts";

/** A launch, and the name of its kernel. */
export interface NamedLaunch {
  readonly label: string;
  readonly launch: RecordedLaunch;
}

/** Kernels on the device. */
export class LoadedKernels implements Disposable {
  /** The launches, in order. */
  readonly launches: readonly NamedLaunch[];
  protected readonly gpu: Gpu;
  protected readonly buffers: ReadonlyMap<string, DeviceMemory>;
  readonly #name: string;

  constructor(
    gpu: Gpu,
    name: string,
    buffers: ReadonlyMap<string, DeviceMemory>,
    launches: readonly NamedLaunch[],
  ) {
    this.gpu = gpu;
    this.#name = name;
    this.buffers = buffers;
    this.launches = launches;
  }

  /** Submits launches, all of them if none are named. */
  submit(launches: readonly RecordedLaunch[] = this.launches.map(({ launch }) => launch)): void {
    this.gpu.submit(this.#name, (pass) => {
      for (const launch of launches) launchRecorded(pass, launch, this.gpu.alignment);
    });
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    for (const buffer of this.buffers.values()) buffer[Symbol.dispose]();
  }
}
