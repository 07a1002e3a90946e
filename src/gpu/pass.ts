/**
 * What is submitted and read back.
 *
 * @module
 */
import { type GpuMemory, type GpuTexels, TEXEL_BYTES } from "./memory.ts";
import type { BindGroup, Pipeline } from "./pipeline.ts";

/** One kernel launch inside a pass. */
export interface Launch {
  /** The pipeline. */
  readonly pipeline: Pipeline;
  /** Its buffers. */
  readonly bindGroup: BindGroup;
  /** The grid of workgroups. */
  readonly grid: readonly [number, number];
}

/** A copy from a buffer to a rectangle of a texture, in terms of WebGPU. */
interface TexelRegion {
  readonly source: GPUTexelCopyBufferInfo;
  readonly target: GPUTexelCopyTextureInfo;
  readonly size: GPUExtent3DDict;
}

/** A copy from a buffer to a texture, rectangle by rectangle. */
export type TexelCopy = readonly TexelRegion[];

/**
 * A copy to a texture, which is written from its start on: whole rows, the last one with what stands behind where the
 * buffer goes on, else what is left of it by itself.
 *
 * @param source the buffer
 * @param offset the first byte, a multiple of 16
 * @param target the texture
 * @param texels how many texels
 */
export function texelCopy(
  { buffer }: GpuMemory,
  offset: number,
  { texture }: GpuTexels,
  texels: number,
): TexelCopy {
  const { width } = texture;
  const bytesPerRow = TEXEL_BYTES * width;
  const goesOn = offset + Math.ceil(texels / width) * bytesPerRow <= buffer.size;
  const rows = goesOn ? Math.ceil(texels / width) : Math.floor(texels / width);
  const rest = goesOn ? 0 : texels % width;
  const whole: TexelRegion = {
    source: { buffer, offset, bytesPerRow },
    target: { texture },
    size: { width, height: rows },
  };
  const left: TexelRegion = {
    source: { buffer, offset: offset + rows * bytesPerRow },
    target: { texture, origin: { y: rows } },
    size: { width: rest },
  };
  return [...rows > 0 ? [whole] : [], ...rest > 0 ? [left] : []];
}

/** Encodes launches into passes, and copies between them. */
export interface PassEncoder {
  /**
   * @param launch pipeline, buffers and grid
   * @param offsets the byte offsets of its records, in the order of their bindings
   */
  launch(launch: Launch, offsets: readonly number[]): void;
  /** @param copy what is copied once everything encoded so far has run */
  copyTexels(copy: TexelCopy): void;
}

/** The most records that a kernel reads: what every device can bind at offsets of their own. */
const MAX_RECORDS = 8;

/** Encodes launches into one pass after another. */
export class LaunchEncoder {
  #pass!: GPUComputePassEncoder;
  #pipeline: Pipeline | null = null;
  readonly #offsets = new Uint32Array(MAX_RECORDS); // Deno takes these a microsecond sooner than a list

  /** Goes on in a pass that was just begun. */
  enter(pass: GPUComputePassEncoder): void {
    this.#pass = pass;
    this.#pipeline = null;
  }

  /** Encodes a launch, as {@linkcode PassEncoder.launch}. */
  launch({ pipeline, bindGroup, grid }: Launch, offsets: readonly number[]): void {
    if (pipeline !== this.#pipeline) this.#pass.setPipeline(pipeline.pipeline);
    this.#pipeline = pipeline;
    this.#offsets.set(offsets);
    this.#pass.setBindGroup(0, bindGroup.group, this.#offsets, 0, offsets.length);
    this.#pass.dispatchWorkgroups(grid[0], grid[1]);
  }
}

/**
 * Encodes launches into as few passes as there can be: one, and another behind each copy. They have no labels, which take
 * half as long as a launch each: error scopes know what is submitted.
 */
export function encodePasses(encoder: GPUCommandEncoder, encode: (pass: PassEncoder) => void): void {
  const launches = new LaunchEncoder();
  let pass: GPUComputePassEncoder | null = null;
  const end = () => {
    pass?.end();
    pass = null;
  };
  encode({
    launch(launch, offsets) {
      if (pass === null) launches.enter(pass = encoder.beginComputePass());
      launches.launch(launch, offsets);
    },
    copyTexels(copy) {
      end();
      encodeTexelCopy(encoder, copy);
    },
  });
  end();
}

/** Encodes a copy to a texture. */
export function encodeTexelCopy(encoder: GPUCommandEncoder, copy: TexelCopy): void {
  for (const { source, target, size } of copy) encoder.copyBufferToTexture(source, target, size);
}

/** A stretch of a buffer. */
export interface Stretch {
  /** The buffer. */
  readonly memory: GpuMemory;
  /** The first byte; default 0. */
  readonly offset?: number;
  /** How many bytes; default all. */
  readonly bytes?: number;
}

/** The bytes of a stretch. */
export function bytesOf({ memory, offset = 0, bytes }: Stretch): number {
  return bytes ?? memory.bytes - offset;
}

/** Encodes copies of stretches into a buffer, one behind the other. */
export function encodeCopies(
  encoder: GPUCommandEncoder,
  target: GpuMemory,
  stretches: readonly Stretch[],
): void {
  let at = 0;
  for (const stretch of stretches) {
    const { memory, offset = 0 } = stretch;
    const bytes = bytesOf(stretch);
    encoder.copyBufferToBuffer(memory.buffer, offset, target.buffer, at, bytes);
    at += bytes;
  }
}
