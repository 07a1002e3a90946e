/**
 * The example that goes to Python and back, with what Python once wrote.
 *
 * golden/to_python/ was made with Python 3.11, equinox 0.13.8, jax 0.10.2, numpy 2.4.6, by
 *
 *     deno run -A examples/to_python.ts tests/examples/golden/to_python python3
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { compare, main, untrained } from "../../examples/to_python.ts";
import { encodeState, Gpu, type NdArray } from "@unroll/unroll";
import { loadNpy, loadState } from "@unroll/unroll/files";

const GOLDEN = new URL("golden/to_python", import.meta.url).pathname;
const SCRIPT = new URL("../../examples/to_python.py", import.meta.url);

/** The header of a safetensors file, and where the numbers begin, read as the script reads them. */
function headerOf(bytes: Uint8Array) {
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...tensors } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, start)),
  );
  return { start, metadata, tensors };
}

/** The numbers of a tensor, as the script reads them. */
function tensorOf(bytes: Uint8Array, name: string): { shape: number[]; data: Float32Array } {
  const { start, tensors } = headerOf(bytes);
  const { dtype, shape, data_offsets: [begin, end] } = tensors[name];
  assertEquals(dtype, "F32");
  return { shape, data: new Float32Array(bytes.slice(start + begin, start + end).buffer) };
}

Deno.test("to_python: without Python it says so, and has written what the script reads", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lines: string[] = [];
    assertEquals(await main({ folder, numUpdates: 3, print: (line) => lines.push(line) }), null);
    assertEquals(lines, [
      `!!! NOT COMPARED WITH PYTHON: no Python was named. ${folder} has what to_python.py reads !!!`,
    ]);
    const bytes = await Deno.readFile(`${folder}/state.safetensors`);
    const { metadata } = headerOf(bytes);
    assertEquals([metadata.format, metadata.stepper], ["unroll-state-1", "conv"]);
    // The tensors that the script takes by name, with the numbers of the stepper in the order of Equinox.
    const names = [...(await Deno.readTextFile(SCRIPT)).matchAll(/tensors\["([^"]+)"\]/g)].map(([, name]) =>
      name!
    );
    assertEquals(names, ["parameters.weight", "parameters.bias"]);
    const { weight, bias } = (await loadState(`${folder}/state.safetensors`, untrained())).stepper.parameters;
    assertEquals(tensorOf(bytes, names[0]!), { shape: [2, 2, 3], data: weight.data });
    assertEquals(tensorOf(bytes, names[1]!), { shape: [2, 1], data: bias!.data });
    assertEquals(await loadNpy(`${folder}/data.npy`), await loadNpy(`${GOLDEN}/data.npy`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("to_python: Equinox predicted and trained as we do, from a file that we still write", async () => {
  await using gpu = await Gpu.request();
  const state = await loadState(`${GOLDEN}/state.safetensors`, untrained());
  const data = await loadNpy(`${GOLDEN}/data.npy`);
  const { prediction, parameters } = await compare(gpu, GOLDEN, state.stepper, data);
  assert(prediction < 4e-6, `predictions differ by ${prediction}`);
  assert(parameters < 2e-7, `parameters differ by ${parameters}`);
  const moved = async (name: string, before: NdArray) =>
    Math.max(...(await loadNpy(`${GOLDEN}/${name}.npy`)).data.map((x, i) => Math.abs(x - before.data[i]!)));
  assert(await moved("weight", state.stepper.parameters.weight) > 1e-3); // the update is no small thing
  assertEquals(await encodeState(state), await Deno.readFile(`${GOLDEN}/state.safetensors`));
});

Deno.test("to_python: a Python that fails is told by its last words", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lines: string[] = [];
    // A program that exists and knows no such script.
    assertEquals(
      await main({ folder, python: "deno", numUpdates: 3, print: (line) => lines.push(line) }),
      null,
    );
    assertMatch(
      lines[0]!,
      /^!!! NOT COMPARED WITH PYTHON: deno says .+\. .* has what to_python.py reads !!!$/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
