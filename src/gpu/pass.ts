/**
 * What is submitted and read back.
 *
 * @module
 */
import type { GpuMemory } from "./memory.ts";
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

/** Encodes launches into one pass. */
export interface PassEncoder {
  /**
   * @param launch pipeline, buffers and grid
   * @param offsets the byte offsets of its records, in the order of their bindings
   */
  launch(launch: Launch, offsets: readonly number[]): void;
}

/** The most records that a kernel reads: what every device can bind at offsets of their own. */
const MAX_RECORDS = 8;

/** Encodes launches into a pass that is open. */
export function passEncoder(pass: GPUComputePassEncoder): PassEncoder {
  let current: Pipeline | null = null;
  const data = new Uint32Array(MAX_RECORDS); // Deno takes these a microsecond sooner than a list
  return {
    launch({ pipeline, bindGroup, grid }, offsets) {
      if (pipeline !== current) pass.setPipeline(pipeline.pipeline);
      current = pipeline;
      data.set(offsets);
      pass.setBindGroup(0, bindGroup.group, data, 0, offsets.length);
      pass.dispatchWorkgroups(grid[0], grid[1]);
    },
  };
}

/** Encodes launches into one pass of their own. */
export function encodePass(
  encoder: GPUCommandEncoder,
  label: string,
  encode: (pass: PassEncoder) => void,
): void {
  const pass = encoder.beginComputePass({ label });
  encode(passEncoder(pass));
  pass.end();
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
