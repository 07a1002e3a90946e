/**
 * Files that are there wholly or not at all.
 *
 * @module
 */

/**
 * Writes a file beside its place and then moves it there, so that at any moment the path holds the whole old file or
 * the whole new one, also where the machine stops.
 *
 * @param path where to
 * @param bytes what it holds
 */
export async function replaceFile(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}.part`;
  try {
    await Deno.writeFile(beside, bytes, { createNew: true });
    using file = await Deno.open(beside, { write: true });
    await file.sync();
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}
