/**
 * Devices that say of themselves what tests want.
 *
 * @module
 */
import { Gpu } from "../../mod.ts";
import type { GpuLimits } from "../../src/gpu/limits.ts";

/** A device with limits of a test's own. */
export async function withLimits(limits: Partial<GpuLimits>): Promise<Gpu> {
  return Object.defineProperties(await Gpu.request(), Object.getOwnPropertyDescriptors(limits));
}

/** A device of which kernels may read textures of so many rows. */
export function withRows(maxTextureRows: number): Promise<Gpu> {
  return withLimits({ maxTextureRows });
}
