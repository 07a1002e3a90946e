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
import { NdArray, type Shape, showShape, sizeOf } from "../ndarray.ts";

/** How an element of a dtype is read. */
interface Reader {
  /** Bytes of an element. */
  readonly bytes: number;
  /** Reads the element that begins at a byte. */
  read(view: DataView, at: number, littleEndian: boolean): number;
}

/** The dtypes that are read, by NumPy's kind and size. */
const READERS: Readonly<Record<string, Reader>> = {
  b1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  f2: { bytes: 2, read: (view, at, little) => view.getFloat16(at, little) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];
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
  const { descr, shape, start } = headerOf(bytes, what);
  const reader = READERS[descr.slice(1)]!;
  const end = start + reader.bytes * sizeOf(shape);
  if (end !== bytes.length) {
    throw new RangeError(
      `Cannot ${what} as shape ${
        showShape(shape)
      } of dtype ${descr} must take ${end} bytes with its header: ` +
        `current size is ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = !descr.startsWith(">");
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const x = reader.read(view, start + reader.bytes * i, littleEndian);
    data[i] = x;
    if (Number.isFinite(x) && !Number.isFinite(data[i])) {
      const index = shape.map((n, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % n);
      throw new RangeError(
        `Cannot ${what} as numbers must lie within float32, whose largest is 3.4028235e38: ` +
          `current number at [${index.join(", ")}] is ${x}`,
      );
    }
  }
  return new NdArray(data, shape);
}

/** What the header says, and where the elements start. */
function headerOf(bytes: Uint8Array, what: string): { descr: string; shape: Shape; start: number } {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new RangeError(
      `Cannot ${what} as a npy file must begin with \\x93NUMPY: current first bytes are ` +
        (bytes.length === 0
          ? "none"
          : [...bytes.subarray(0, 6)].map((b) => b.toString(16).padStart(2, "0")).join(" ")),
    );
  }
  const [major = 0] = bytes.subarray(6, 7);
  if (major < 1 || major > 3) {
    throw new RangeError(`Cannot ${what} as its version must be 1, 2 or 3: current version is ${major}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = major === 1 ? 10 : 12;
  const length = bytes.length < from ? 0 : major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = from + length;
  if (start > bytes.length) {
    throw new RangeError(
      `Cannot ${what} as a npy file must hold its whole header of ${start} bytes: ` +
        `current size is ${bytes.length} bytes`,
    );
  }
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(from, start)).trim();
  return { ...fieldsOf(text, what), start };
}

function fieldsOf(text: string, what: string): { descr: string; shape: Shape } {
  const field = (name: string, value: string) => {
    const match = new RegExp(`['"]${name}['"]\\s*:\\s*(${value})`).exec(text);
    if (match) return match[1]!;
    throw new RangeError(
      `Cannot ${what} as its header must have ${name}, a dtype of plain numbers and a shape: ` +
        `current header is ${text.length > 200 ? `${text.slice(0, 200)} ...` : text}`,
    );
  };
  const descr = field("descr", `'[^']*'|"[^"]*"|\\[.*?\\]`).replace(/^['"](.*)['"]$/, "$1");
  if (!/^[<>=|]/.test(descr) || !(descr.slice(1) in READERS)) {
    throw new RangeError(
      `Cannot ${what} as its dtype must be one of ${Object.keys(READERS).join(", ")}: ` +
        `current dtype is ${descr}; convert it by array.astype("float32")`,
    );
  }
  if (field("fortran_order", "True|False") === "True") {
    throw new RangeError(
      `Cannot ${what} as its elements must be in C order, last axis fastest: current fortran_order is True; ` +
        "save it by numpy.save(path, numpy.ascontiguousarray(array))",
    );
  }
  const shape = field("shape", "\\([\\d\\s,]*\\)").match(/\d+/g) ?? [];
  return { descr, shape: shape.map(Number) };
}
