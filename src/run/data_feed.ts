/**
 * The feed: brings trajectories to where kernels read them.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import { type GpuMemory, type GpuTexels, TEXEL_BYTES } from "../gpu/memory.ts";
import { texelCopy } from "../gpu/pass.ts";
import { type Placement, slabKey } from "./placement.ts";
import type { Trajectories } from "./trajectories.ts";
import { listOf, type WindowList } from "./windows.ts";

/** Whole samples are uploaded in pieces of about this many bytes, so that no second copy of all lies with the host. */
const PIECE_BYTES = 8 * 2 ** 20;

/** Brings trajectories to where kernels read them. */
export class DataFeed {
  readonly #gpu: Gpu;
  readonly #trajectories: Trajectories;
  readonly #placement: Placement;
  readonly #buffers: (key: string) => GpuMemory;
  readonly #texels: GpuTexels | null;

  /**
   * @param gpu the device
   * @param trajectories the trajectories
   * @param placement where they lie
   * @param buffers the buffers of the plan
   * @param texels the texture from which kernels read what lies in `data`; null where they read that itself
   */
  constructor(
    gpu: Gpu,
    trajectories: Trajectories,
    placement: Placement,
    buffers: (key: string) => GpuMemory,
    texels: GpuTexels | null,
  ) {
    this.#gpu = gpu;
    this.#trajectories = trajectories;
    this.#placement = placement;
    this.#buffers = buffers;
    this.#texels = texels;
  }

  /** Whether windows are read where their trajectories lie; else they lie one behind the other as they are placed. */
  get isWhole(): boolean {
    return this.#placement.kind === "whole";
  }

  /**
   * Uploads what lies on the device for good.
   *
   * @throws {DataError} when the source fails, or gives something else than it must
   */
  async load(): Promise<void> {
    const { numSamples } = this.#trajectories;
    if (this.#placement.kind === "whole") {
      await this.#loadSamples("data", 0, numSamples);
      this.#copyToTexels();
    }
    if (this.#placement.kind !== "slabs") return;
    const { samplesPerSlab } = this.#placement;
    for (let first = 0; first < numSamples; first += samplesPerSlab) {
      const end = Math.min(first + samplesPerSlab, numSamples);
      await this.#loadSamples(slabKey(first / samplesPerSlab), first, end);
    }
  }

  /**
   * The snapshots of windows that the host must bring, the next thing to `place`; null where the device has them.
   *
   * @param windows the windows
   * @throws {DataError} when the source fails, or gives something else than it must
   */
  async read(windows: WindowList): Promise<Float32Array<ArrayBuffer> | null> {
    if (this.#placement.kind !== "streamed") return null;
    return await this.#trajectories.read(windows, this.#placement.windowLength);
  }

  /**
   * Where the first snapshot of each window lies once they are placed, counted in snapshots.
   *
   * @param windows the windows
   */
  positionsOf(windows: WindowList): Uint32Array<ArrayBuffer> {
    const placement = this.#placement;
    const positions = new Uint32Array(windows.length);
    for (let i = 0; i < windows.length; i++) {
      positions[i] = placement.kind === "whole"
        ? this.#trajectories.indexOf(windows.window(i))
        : i * placement.windowLength;
    }
    return positions;
  }

  /**
   * Puts windows where kernels read them, after everything submitted so far.
   *
   * @param windows the windows
   * @param snapshots what `read` gave for them
   */
  place(windows: WindowList, snapshots: Float32Array<ArrayBuffer> | null): void {
    const placement = this.#placement;
    if (placement.kind === "whole") return;
    const target = this.#buffers("data");
    if (placement.kind === "streamed") this.#gpu.write(target, snapshots!);
    else {
      const { numSnapshots, stride } = this.#trajectories;
      const { samplesPerSlab, windowLength } = placement;
      const stretches = Array.from({ length: windows.length }, (_, i) => {
        const { sample, start } = windows.window(i);
        const slab = Math.floor(sample / samplesPerSlab);
        const first = (sample - slab * samplesPerSlab) * numSnapshots + start;
        const memory = this.#buffers(slabKey(slab));
        return { memory, offset: 4 * stride * first, bytes: 4 * stride * windowLength };
      });
      this.#gpu.copyStretches("windows", target, stretches);
    }
    this.#copyToTexels();
  }

  #copyToTexels(): void {
    if (this.#texels === null) return;
    const data = this.#buffers("data");
    const copy = texelCopy(data, 0, this.#texels, data.bytes / TEXEL_BYTES);
    this.#gpu.submit("data", (pass) => pass.copyTexels(copy));
  }

  /** Uploads samples to a buffer of their own. */
  async #loadSamples(key: string, first: number, end: number): Promise<void> {
    const { numSnapshots, numSamples, bytes } = this.#trajectories;
    const bytesPerSample = bytes / numSamples;
    const samplesPerPiece = Math.max(1, Math.floor(PIECE_BYTES / bytesPerSample));
    for (let from = first; from < end; from += samplesPerPiece) {
      const samples = Math.min(samplesPerPiece, end - from);
      const windows = Array.from({ length: samples }, (_, i) => ({ sample: from + i, start: 0 }));
      const piece = await this.#trajectories.read(listOf(windows), numSnapshots);
      this.#gpu.write(this.#buffers(key), piece, (from - first) * bytesPerSample);
      // The device keeps what is written until the next submit.
      if (from + samples < end) this.#gpu.submit("data", () => {});
    }
  }
}
