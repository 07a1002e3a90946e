/**
 * Textures of a plan: how large they are, and how they are created.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import { type DeviceMemory, type MemoryKind, TEXEL_BYTES } from "../gpu/memory.ts";
import { TEXTURE_WIDTH } from "../wgsl/texels.ts";
import type { BufferSpec } from "./resources.ts";

/** The rows of a texture that holds so many fours. */
export function textureRows(fours: number): number {
  return Math.ceil(fours / TEXTURE_WIDTH);
}

/** The bytes of a texture that holds so many fours. */
export function textureBytes(fours: number): number {
  return textureRows(fours) * TEXTURE_WIDTH * TEXEL_BYTES;
}

/** Creates a buffer or texture. */
export function allocate(gpu: Gpu, { key, bytes, isTexture }: BufferSpec, kind?: MemoryKind): DeviceMemory {
  return isTexture
    ? gpu.allocateTexels(key, TEXTURE_WIDTH, bytes / TEXEL_BYTES / TEXTURE_WIDTH)
    : gpu.allocate(key, bytes, kind);
}
