/**
 * Arrays as the bytes of NumPy's `.npy` files. Works in browsers; `loadNpy` and `saveNpy` of `@unroll/unroll/files`
 * read and write files.
 *
 * Format: 6 bytes of magic, 2 of version, the length of a header (little-endian), the header as a Python dictionary
 * that is padded with spaces to a multiple of 64 bytes, the elements.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @module
 */
import { NdArray } from "../ndarray.ts";
import { decodeElements, headerOf, MAGIC, requireSize } from "./npy_format.ts";

/** The header ends at a multiple of this many bytes, so that the elements can be mapped into memory. */
const ALIGNMENT = 64;
/** NumPy leaves room for the first length to grow to this many digits when rows are appended in place. */
const GROWTH_DIGITS = 21;

/**
 * An array as the bytes of a `.npy` file, the same as `numpy.save` writes for float32.
 *
 * @param array the array
 * @returns the bytes: version 1.0, dtype `<f4`, C order
 *
 * @example
 * ```ts
 * import { decodeNpy, encodeNpy, NdArray } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = encodeNpy(new NdArray([1, 2, 3, 4, 5, 6], [2, 3]));
 * assertEquals(bytes.length, 128 + 4 * 6);
 * assertEquals(decodeNpy(bytes).at(1, 0), 4);
 * ```
 */
export function encodeNpy({ data, shape }: NdArray): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const growth = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }${" ".repeat(growth)}`;
  const start = Math.ceil((MAGIC.length + 4 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + 4 * data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([...MAGIC, 1, 0]);
  view.setUint16(8, start - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10);
  data.forEach((x, i) => view.setFloat32(start + 4 * i, x, true));
  return bytes;
}

/**
 * The array in the bytes of a `.npy` file, as float32.
 *
 * Read are booleans, integers of 8 to 64 bits and floats of 16, 32 and 64 bits, in both byte orders. Numbers that
 * float32 does not have are rounded to the nearest; those beyond its range are refused. Infinities and NaN are kept.
 *
 * @param bytes the file
 * @param what what the file was read for, for messages; default `decode npy`
 * @returns the array
 * @throws {RangeError} when the file is truncated or of another format, has a dtype that is none of these or
 * Fortran order, or holds a number beyond float32
 *
 * @example Data from a server
 * ```ts
 * import { decodeNpy, type NdArray } from "@unroll/unroll";
 *
 * const load = async (url: string): Promise<NdArray> => decodeNpy(await (await fetch(url)).bytes());
 * ```
 */
export function decodeNpy(bytes: Uint8Array, what = "decode npy"): NdArray {
  const header = headerOf(bytes, what);
  requireSize(header, bytes.length, what);
  return new NdArray(decodeElements(bytes.subarray(header.start), header, what), header.shape);
}
