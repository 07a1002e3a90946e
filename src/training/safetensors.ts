/**
 * Safetensors: named float32 arrays and text in one file, readable from Python.
 *
 * Format: 8 bytes of header length (little-endian), a JSON header padded with spaces to a multiple of 8, the data.
 * https://github.com/huggingface/safetensors
 *
 * @module
 */
import * as z from "zod";
import { NdArray, sizeOf } from "../ndarray.ts";

/** What a file holds. */
export interface Safetensors {
  /** The arrays by name. */
  readonly tensors: ReadonlyMap<string, NdArray>;
  /** Text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const count = z.int().check(z.nonnegative());
const ENTRY = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });
const HEADER = z.catchall(z.object({ __metadata__: z.optional(z.record(z.string(), z.string())) }), ENTRY);

/**
 * The bytes of a file.
 *
 * @param content arrays and text
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, size }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end += 4 * size] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  const view = new DataView(bytes.buffer);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  view.setBigUint64(0, BigInt(start - 8), true);
  let at = start;
  for (const { data } of tensors.values()) {
    for (const x of data) {
      view.setFloat32(at, x, true);
      at += 4;
    }
  }
  return bytes;
}

/**
 * What the bytes of a file hold.
 *
 * @param bytes the file
 * @param what what the file was read for, for messages: `load state run.safetensors`
 * @throws {RangeError} when the file is truncated, is not of this format, or holds other numbers than float32
 */
export function decodeSafetensors(bytes: Uint8Array, what: string): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? -1 : Number(view.getBigUint64(0, true));
  if (length < 0 || 8 + length > bytes.length) {
    throw new RangeError(
      `Cannot ${what} as a safetensors file must hold its whole header` +
        `${length < 0 ? "" : ` of ${length} bytes`}: current size is ${bytes.length} bytes`,
    );
  }
  const header = parseHeader(bytes.subarray(8, 8 + length), what);
  const { __metadata__: metadata = {}, ...entries } = header;
  const start = 8 + length;
  const end = Math.max(
    0,
    ...Object.values(entries).map((entry) => (entry as z.infer<typeof ENTRY>).data_offsets[1]),
  );
  if (start + end !== bytes.length) {
    throw new RangeError(
      `Cannot ${what} as its header promises ${start + end} bytes: current size is ${bytes.length} bytes`,
    );
  }
  const tensors = new Map(
    Object.entries(entries as Record<string, z.infer<typeof ENTRY>>).map(
      ([name, { dtype, shape, data_offsets }]) => {
        const [from, to] = data_offsets;
        if (dtype !== "F32" || to - from !== 4 * sizeOf(shape)) {
          throw new RangeError(
            `Cannot ${what} as tensor ${name} must be F32 with ${4 * sizeOf(shape)} bytes: ` +
              `current tensor is ${dtype} with ${to - from} bytes`,
          );
        }
        const data = Float32Array.from(
          { length: sizeOf(shape) },
          (_, i) => view.getFloat32(start + from + 4 * i, true),
        );
        return [name, new NdArray(data, shape)];
      },
    ),
  );
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array, what: string): z.infer<typeof HEADER> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RangeError(`Cannot ${what} as its header must be JSON: current header is not`, { cause });
  }
  const result = z.safeParse(HEADER, json);
  if (result.success) return result.data;
  throw new RangeError(
    `Cannot ${what} as its header must be that of a safetensors file: current header fails at ` +
      result.error.issues.map((issue) => issue.path.join(".")).join(", "),
  );
}
