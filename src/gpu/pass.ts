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

/** A copy from a buffer to a texture, in terms of WebGPU. */
export type TexelCopy = readonly Parameters<GPUCommandEncoder["copyBufferToTexture"]>[];

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
  const whole: TexelCopy = [[{ buffer, offset, bytesPerRow }, { texture }, { width, height: rows }]];
  const left: TexelCopy = [[
    { buffer, offset: offset + rows * bytesPerRow },
    { texture, origin: { y: rows } },
    { width: rest },
  ]];
  return [...rows > 0 ? whole : [], ...rest > 0 ? left : []];
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

/** Encodes launches into a pass that is open. */
export function launchEncoder(pass: GPUComputePassEncoder): PassEncoder["launch"] {
  let current: Pipeline | null = null;
  const data = new Uint32Array(MAX_RECORDS); // Deno takes these a microsecond sooner than a list
  return ({ pipeline, bindGroup, grid }, offsets) => {
    if (pipeline !== current) pass.setPipeline(pipeline.pipeline);
    current = pipeline;
    data.set(offsets);
    pass.setBindGroup(0, bindGroup.group, data, 0, offsets.length);
    pass.dispatchWorkgroups(grid[0], grid[1]);
  };
}

/**
 * Encodes launches into as few passes as there can be: one, and another behind each copy. They have no labels, which take
 * half as long as a launch each: error scopes know what is submitted.
 */
export function encodePasses(encoder: GPUCommandEncoder, encode: (pass: PassEncoder) => void): void {
  let pass: GPUComputePassEncoder | null = null;
  let launchIn: PassEncoder["launch"];
  const end = () => {
    pass?.end();
    pass = null;
  };
  encode({
    launch(launch, offsets) {
      if (pass === null) {
        pass = encoder.beginComputePass();
        launchIn = launchEncoder(pass);
      }
      launchIn(launch, offsets);
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
  for (const region of copy) encoder.copyBufferToTexture(...region);
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
