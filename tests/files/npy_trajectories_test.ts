import { assertEquals, assertRejects } from "@std/assert";
import { DisposedError, NdArray, ShapeError } from "../../mod.ts";
import { encodeNpy } from "../../src/data/npy.ts";
import { loadNpy, openNpy } from "../../src/files/mod.ts";
import { rejection } from "../training/problem.ts";
import { withNpy } from "../training/places.ts";

const ARRAY = new NdArray(Float32Array.from({ length: 3 * 5 * 2 * 2 }, (_, i) => i / 8 - 3), [3, 5, 2, 2]);

/** The bytes of a file with another dtype, from float32 ones. */
function cast(
  array: NdArray,
  descr: string,
  width: number,
  set: (view: DataView, at: number, x: number) => void,
) {
  const bytes = encodeNpy(array);
  const header = new TextDecoder().decode(bytes.subarray(0, 128)).replace("<f4", descr);
  const all = new Uint8Array(128 + width * array.size);
  all.set(bytes.subarray(0, 10));
  all.set(new TextEncoder().encode(header.slice(-118)), 10);
  const view = new DataView(all.buffer, 128);
  array.data.forEach((x, i) => set(view, width * i, x));
  return all;
}

async function assertReads(path: string): Promise<void> {
  using file = await openNpy(path);
  assertEquals([file.path, file.shape], [path, ARRAY.shape]);
  const windows = [[0, 0, 5], [2, 4, 1], [1, 1, 3], [2, 0, 5]] as const;
  const expected = windows.map(([sample, start, count]) =>
    ARRAY.data.slice((sample * 5 + start) * 4, (sample * 5 + start + count) * 4)
  );
  const read = ([sample, start, count]: typeof windows[number]) => file.read({ sample, start }, count);
  for (const [i, window] of windows.entries()) assertEquals(await read(window), expected[i]);
  assertEquals(await Promise.all(windows.map(read)), expected); // they take turns
}

Deno.test("openNpy reads snapshots of the windows asked for, in any order, also at the same time", async () => {
  await withNpy(ARRAY, assertReads);
});

const CASTS = {
  ">f4": [4, (view: DataView, at: number, x: number) => view.setFloat32(at, x, false)],
  "<f8": [8, (view: DataView, at: number, x: number) => view.setFloat64(at, x, true)],
  "<f2": [2, (view: DataView, at: number, x: number) => view.setFloat16(at, x, true)],
} as const;
for (const [descr, [width, set]] of Object.entries(CASTS)) {
  Deno.test(`openNpy converts ${descr} as loadNpy does`, async () => {
    await withNpy(ARRAY, async (path) => {
      await Deno.writeFile(path, cast(ARRAY, descr, width, set));
      assertEquals(await loadNpy(path), ARRAY);
      await assertReads(path);
    });
  });
}

Deno.test("openNpy refuses what is no such file, and names it", async () => {
  await withNpy(ARRAY, async (path) => {
    const bytes = await Deno.readFile(path);
    const refuse = async (contents: Uint8Array) => {
      await Deno.writeFile(path, contents);
      return await rejection(openNpy(path));
    };
    const text = (from: string, to: string) =>
      new TextEncoder().encode(new TextDecoder("latin1").decode(bytes.subarray(10, 128)).replace(from, to));
    const withHeader = (from: string, to: string) => {
      const changed = bytes.slice();
      changed.set(text(from, to), 10);
      return changed;
    };
    const start = `Cannot open npy ${path} as`;
    assertEquals(
      await refuse(bytes.subarray(0, 200)),
      `RangeError: ${start} shape [3, 5, 2, 2] of dtype <f4 must take 368 bytes with its header: current size is 200 bytes`,
    );
    assertEquals(
      await refuse(bytes.subarray(0, 100)),
      `RangeError: ${start} a npy file must hold its whole header of 128 bytes: current size is 100 bytes`,
    );
    assertEquals(
      await refuse(bytes.subarray(0, 9)),
      `RangeError: ${start} a npy file must hold its whole header of 10 bytes: current size is 9 bytes`,
    );
    assertEquals(
      await refuse(new Uint8Array()),
      `RangeError: ${start} a npy file must begin with \\x93NUMPY: current first bytes are none`,
    );
    assertEquals(
      await refuse(withHeader("False", "True ")),
      `RangeError: ${start} its elements must be in C order, last axis fastest: current fortran_order is True; ` +
        "save it by numpy.save(path, numpy.ascontiguousarray(array))",
    );
    assertEquals(
      await refuse(withHeader("<f4", "<c8")),
      `RangeError: ${start} its dtype must be one of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8: ` +
        'current dtype is <c8; convert it by array.astype("float32")',
    );
    assertEquals(
      await refuse(encodeNpy(new NdArray([1, 2, 3]))),
      `ShapeError: ${start} it must have the axes [samples, snapshots, ...]: current shape is [3]`,
    );
    await assertRejects(() => openNpy(path), ShapeError);
    await assertRejects(() => openNpy(`${path}.none`), Deno.errors.NotFound);
  });
});

Deno.test("an open file refuses windows outside, numbers beyond float32, and to be read when it has shrunk or is closed", async () => {
  await withNpy(ARRAY, async (path) => {
    const large = cast(ARRAY, "<f8", 8, (view, at, x) => view.setFloat64(at, at === 8 * 27 ? 1e39 : x, true));
    await Deno.writeFile(path, large);
    const file = await openNpy(path);
    const read = (sample: number, start: number, count: number) =>
      rejection(file.read({ sample, start }, count));
    const what = `RangeError: Cannot read npy ${path} as`;
    for (const [sample, start, count] of [[3, 0, 1], [0, 3, 3], [-1, 0, 1], [0, 0.5, 1]] as const) {
      assertEquals(
        await read(sample, start, count),
        `${what} snapshots must lie inside of 3 samples of 5 snapshots: ` +
          `current sample is ${sample}, current snapshots are [${start}, ${start + count})`,
      );
    }
    assertEquals(
      await read(1, 0, 3),
      `${what} numbers must lie within float32, whose largest is 3.4028235e38: ` +
        "current number at [1, 1, 1, 1] is 1e+39",
    );
    await Deno.truncate(path, 200);
    assertEquals(
      await read(2, 0, 3),
      `${what} it must be as long as when it was opened: current size is 200 bytes`,
    );
    file[Symbol.dispose]();
    file[Symbol.dispose]();
    await assertRejects(() => file.read({ sample: 0, start: 0 }, 1), DisposedError);
  });
});
