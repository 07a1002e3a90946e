/**
 * Devices whose kernels read textures, or do not.
 *
 * @module
 */
import { Gpu } from "../../mod.ts";

/** A device of which kernels may read textures of so many rows. */
export async function withRows(maxTextureRows: number): Promise<Gpu> {
  return Object.defineProperty(await Gpu.request(), "maxTextureRows", { value: maxTextureRows });
}
