/**
 * The format of NumPy's `.npy` files: header and elements.
 *
 * @module
 */
import { indexIn, type Shape, showShape, sizeOf } from "../ndarray.ts";

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

/** The first bytes of a file. */
export const MAGIC: readonly number[] = [0x93, ...new TextEncoder().encode("NUMPY")];
/** So many bytes tell how long the header is. */
export const PREFIX_BYTES = 12;

/** What the header says. */
export interface NpyHeader {
  /** The dtype: byte order, kind and size. */
  readonly descr: string;
  /** The lengths of the axes. */
  readonly shape: Shape;
  /** The byte at which the elements start. */
  readonly start: number;
}

/** Bytes of an element. */
export function elementBytes({ descr }: Pick<NpyHeader, "descr">): number {
  return READERS[descr.slice(1)]!.bytes;
}

/**
 * Throws unless a file holds its elements and no more.
 *
 * @param header its header
 * @param size its bytes
 * @param what what the file was read for
 * @throws {RangeError} with both sizes
 */
export function requireSize(header: NpyHeader, size: number, what: string): void {
  const { descr, shape, start } = header;
  const end = start + elementBytes(header) * sizeOf(shape);
  if (end === size) return;
  throw new RangeError(
    `Cannot ${what} as shape ${showShape(shape)} of dtype ${descr} must take ${end} bytes with its header: ` +
      `current size is ${size} bytes`,
  );
}

/** Whether this machine has the least byte of a number first. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Elements as float32.
 *
 * @param bytes the elements, and nothing else
 * @param header the header of their file
 * @param what what the file was read for
 * @param first the place of the first of them among all elements; default 0
 * @throws {RangeError} when a number lies beyond float32
 */
export function decodeElements(
  bytes: Uint8Array,
  { descr, shape }: Pick<NpyHeader, "descr" | "shape">,
  what: string,
  first = 0,
): Float32Array<ArrayBuffer> {
  if (descr === "<f4" && IS_LITTLE_ENDIAN) return new Float32Array(bytes.slice().buffer);
  const reader = READERS[descr.slice(1)]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = !descr.startsWith(">");
  const data = new Float32Array(bytes.length / reader.bytes);
  for (let i = 0; i < data.length; i++) {
    const x = reader.read(view, reader.bytes * i, littleEndian);
    data[i] = x;
    if (Number.isFinite(x) && !Number.isFinite(data[i])) {
      throw new RangeError(
        `Cannot ${what} as numbers must lie within float32, whose largest is 3.4028235e38: ` +
          `current number at [${indexIn(shape, first + i).join(", ")}] is ${x}`,
      );
    }
  }
  return data;
}

/**
 * Where the elements of a file start.
 *
 * @param bytes the first bytes of the file, at least `PREFIX_BYTES` where it has so many
 * @param what what the file was read for
 * @throws {RangeError} when the file is of another format
 */
export function startOf(bytes: Uint8Array, what: string): number {
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
  return from + length;
}

/**
 * What the header of a file says.
 *
 * @param bytes the bytes of the file, its whole header at least
 * @param what what the file was read for
 * @throws {RangeError} when the file is of another format, has a dtype of no plain numbers or Fortran order
 */
export function headerOf(bytes: Uint8Array, what: string): NpyHeader {
  const start = startOf(bytes, what);
  if (start > bytes.length) {
    throw new RangeError(
      `Cannot ${what} as a npy file must hold its whole header of ${start} bytes: ` +
        `current size is ${bytes.length} bytes`,
    );
  }
  const [major] = bytes.subarray(6, 7);
  const from = major === 1 ? 10 : 12;
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
