import { assertEquals, assertRejects } from "@std/assert";
import { loadNpy, saveNpy } from "../../src/files/mod.ts";
import { NdArray } from "../../src/ndarray.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => Array.fromAsync(Deno.readDir(folder), ({ name }) => name);

Deno.test("saveNpy writes what loadNpy reads, over an older file, and leaves nothing else", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.npy`;
    await saveNpy(path, new NdArray([0]));
    const array = new NdArray([1, 2.5, -3, 0, Infinity, 1e-40], [1, 2, 3]);
    await saveNpy(path, array);
    assertEquals(await loadNpy(path), array);
    assertEquals(await names(folder), ["data.npy"]);
  });
});

Deno.test("loadNpy names the file it cannot read", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/other.npy`;
    await Deno.writeTextFile(path, "hello, world");
    const error = await assertRejects(() => loadNpy(path), RangeError);
    assertEquals(
      error.message,
      `Cannot load npy ${path} as a npy file must begin with \\x93NUMPY: current first bytes are 68 65 6c 6c 6f 2c`,
    );
    await assertRejects(() => loadNpy(`${folder}/none.npy`), Deno.errors.NotFound);
    await assertRejects(() => saveNpy(`${folder}/none/a.npy`, new NdArray([0])), Deno.errors.NotFound);
    assertEquals(await names(folder), ["other.npy"]);
  });
});
