/**
 * The parts of a safetensors file, read and put together by hand.
 *
 * @module
 */

/** One entry of the header. */
export interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The header: text by name, and where each tensor lies. */
export type Header = { __metadata__: Record<string, string> } & { [name: string]: Entry };

/** The number of bytes of the header, padding included. */
export function headerLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/** The header of a file. */
export function headerOf(bytes: Uint8Array): Header {
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength(bytes))));
}

/** The text of the state with the names and numbers of all tensors, as the checksum covers them. */
async function checksum(header: Header, data: Uint8Array): Promise<string> {
  const { __metadata__: { state }, ...tensors } = header;
  const parts: BlobPart[] = [state ?? ""];
  for (const [name, { data_offsets: [from, to] }] of Object.entries(tensors)) {
    parts.push(`${name} ${(to - from) / 4}\n`, data.slice(from, to));
  }
  const hash = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return new Uint8Array(hash).toHex();
}

/** The file with another header and the checksum that goes with it. */
export async function withHeader(bytes: Uint8Array, change: (header: Header) => void): Promise<Uint8Array> {
  const header = headerOf(bytes);
  const data = bytes.subarray(8 + headerLength(bytes));
  change(header);
  if (header.__metadata__) header.__metadata__.sha256 = await checksum(header, data);
  const json = new TextEncoder().encode(JSON.stringify(header));
  return withHeaderBytes(json, data);
}

/** A file of these header bytes, unpadded, and data. */
export function withHeaderBytes(json: Uint8Array, data: Uint8Array): Uint8Array {
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}
