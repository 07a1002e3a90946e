/**
 * `.npy` files.
 *
 * @module
 */
import { decodeNpy, encodeNpy } from "../data/npy.ts";
import type { NdArray } from "../ndarray.ts";
import { replaceFile } from "./replace_file.ts";

/**
 * Reads an array that `numpy.save` wrote, as float32.
 *
 * @param path where from
 * @returns the array; see `decodeNpy` for what is read
 * @throws {RangeError} when the file is truncated or of another format, has a dtype of no plain numbers or Fortran
 * order, or holds a number beyond float32
 * @throws {Deno.errors.NotFound} when there is no such file
 * @throws {Deno.errors.NotCapable} without permission to read
 *
 * @example
 * ```ts
 * import { NdArray } from "@unroll/unroll";
 * import { loadNpy, saveNpy } from "@unroll/unroll/files";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/data.npy`;
 * await saveNpy(path, new NdArray([1, 2, 3, 4, 5, 6], [1, 2, 3]));
 * assertEquals((await loadNpy(path)).shape, [1, 2, 3]);
 * ```
 */
export async function loadNpy(path: string): Promise<NdArray> {
  return decodeNpy(await Deno.readFile(path), `load npy ${path}`);
}

/**
 * Writes an array as a `.npy` file of float32, for `numpy.load`. At any moment the path holds the whole old file or
 * the whole new one.
 *
 * @param path where to
 * @param array the array
 * @throws {Deno.errors.NotFound} when the folder does not exist
 * @throws {Deno.errors.NotCapable} without permission to write
 */
export async function saveNpy(path: string, array: NdArray): Promise<void> {
  await replaceFile(path, encodeNpy(array));
}
