/**
 * Training states as files: what is written is read, and what is not whole is refused.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeState, defineStepper, encodeState, NdArray, ops, random, schedules, sgd } from "../../mod.ts";
import { loadState, saveState } from "../../src/files/state_file.ts";
import { gpu } from "../ops/device.ts";
import { KEY, LINEAR, NET, rejection, stateBits, trainerOf } from "./problem.ts";
import { headerOf, withHeader } from "./file_parts.ts";

const STATE = await trainerOf(gpu, 7).train(NET, { key: KEY });
const BYTES = await encodeState(STATE);

/** The message with which bytes are refused. */
const refusal = (bytes: Uint8Array) => rejection(decodeState(bytes, NET, "load run"));

/** Runs with a folder that is gone afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("a state comes back from its bytes whole", async () => {
  const state = await decodeState(BYTES, NET);
  assertEquals(stateBits(state), stateBits(STATE));
  assertEquals(state.key, KEY);
  assertEquals(state.settings, STATE.settings);
  assertEquals([state.stepper.name, state.stepper.forward], ["net", NET.forward]);
  assert(Object.isFrozen(state.key) && Object.isFrozen(state.key.words));
  assertEquals(await encodeState(state), BYTES);
});

Deno.test("a key of the original layout, no updates and a bare leaf come back, too", async () => {
  const stepper = defineStepper({
    name: "bare",
    parameters: new NdArray([0.5, -0.25], [1, 1, 2]),
    forward: (u, w) => ops.conv({ u, w }),
  });
  const key = random.split(random.key(7, { partitionable: false }))[1]!;
  const trainer = trainerOf(gpu, 3, { optimizer: sgd(0.1) });
  for (const signal of [undefined, AbortSignal.abort()]) {
    const state = await trainer.train(stepper, { key, ...(signal && { signal }) });
    const bytes = await encodeState(state);
    const loaded = await decodeState(bytes, stepper);
    assertEquals(stateBits(loaded), stateBits(state));
    assertEquals([loaded.key, loaded.moments], [key, {}]);
    assertEquals(Object.keys(headerOf(bytes)), ["__metadata__", "parameters", "lossHistory"]);
    assertEquals(stateBits(await trainer.resume(loaded)), stateBits(await trainer.resume(state)));
  }
});

Deno.test("numbers may lie anywhere in a buffer, and odd floats keep their bits", async () => {
  const odd = Float32Array.of(-0, 1e-45, 3.4028234663852886e38, 0.1);
  const within = new Float32Array([9, 9, ...odd, 9]).subarray(2, 6);
  const lossHistory = Float32Array.from(odd);
  const stepper = LINEAR.with({
    ...LINEAR.parameters,
    weight: new NdArray(within.subarray(0, 3), [1, 1, 3]),
  });
  const state = { ...STATE, stepper, moments: {}, lossHistory };
  const shifted = new Uint8Array([0, 0, 0, ...await encodeState(state)]).subarray(3);
  assertEquals(stateBits(await decodeState(shifted, LINEAR)), stateBits(state));
});

Deno.test("the file is safetensors: little-endian length, JSON header, float32 data by path", () => {
  const view = new DataView(BYTES.buffer);
  const length = Number(view.getBigUint64(0, true));
  assertEquals(length % 8, 0);
  const { __metadata__: metadata, ...tensors } = headerOf(BYTES);
  const leaves = ["lift.weight", "lift.bias", "layers.0", "layers.1"];
  const names = ["parameters", "moments.0.mu", "moments.0.nu"].flatMap((of) =>
    leaves.map((leaf) => `${of}.${leaf}`)
  );
  assertEquals(Object.keys(tensors), [...names, "lossHistory"]);
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(tensors)) {
    assertEquals([dtype, from, to - from], ["F32", end, 4 * shape.reduce((a, b) => a * b, 1)], name);
    end = to;
  }
  assertEquals(8 + length + end, BYTES.length);
  const floats = (name: string) => {
    const [from, to] = tensors[name]!.data_offsets;
    return Array.from(
      { length: (to - from) / 4 },
      (_, i) => view.getFloat32(8 + length + from + 4 * i, true),
    );
  };
  assertEquals(floats("parameters.layers.0"), [...STATE.stepper.parameters.layers[0].data]);
  assertEquals(floats("moments.0.nu.lift.bias"), [...STATE.moments["0.nu"]!.lift.bias.data]);
  assertEquals(floats("lossHistory"), [...STATE.lossHistory]);
  assertEquals(tensors["parameters.lift.weight"]!.shape, [3, 1, 3]);
  assertEquals([metadata.format, metadata.stepper], ["unroll-state-1", "net"]);
  assertEquals(JSON.parse(metadata.state!), {
    update: 7,
    key: { words: [0, 42], partitionable: true },
    moments: ["0.mu", "0.nu"],
    settings: STATE.settings,
  });
});

Deno.test("a file is written and read", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/run.safetensors`;
    await saveState(path, STATE);
    assertEquals(await Deno.readFile(path), BYTES);
    assertEquals(stateBits(await loadState(path, NET)), stateBits(STATE));
    const later = await trainerOf(gpu, 9).resume(STATE);
    await saveState(path, later);
    assertEquals(stateBits(await loadState(path, NET)), stateBits(later));
    assertEquals(namesIn(folder), ["run.safetensors"]);
  });
});

Deno.test("a message names the file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/run.safetensors`;
    await Deno.writeFile(path, BYTES.subarray(0, 5));
    assertEquals(
      await rejection(loadState(path, NET)),
      `RangeError: Cannot load state ${path} as a safetensors file must hold its whole header: current size is 5 bytes`,
    );
    assert((await rejection(loadState(`${folder}/absent`, NET))).startsWith("NotFound: "));
  });
});

Deno.test("a failing write leaves the old file and nothing beside it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/run.safetensors`;
    await saveState(path, STATE);
    const broken = { ...STATE, lossHistory: undefined as never };
    await rejection(saveState(path, broken)).then((message) => assert(message.startsWith("TypeError")));
    const { open } = Deno;
    Deno.open = (_, options) => options?.write ? Promise.reject(new Error("disk full")) : open(_, options);
    try {
      assertEquals(
        await rejection(saveState(path, await trainerOf(gpu, 9).resume(STATE))),
        "Error: disk full",
      );
    } finally {
      Deno.open = open;
    }
    assertEquals(namesIn(folder), ["run.safetensors"]);
    assertEquals(await Deno.readFile(path), BYTES);
    assert((await rejection(saveState(`${folder}/absent/run`, STATE))).startsWith("NotFound: "));
  });
});

Deno.test("a failing move leaves nothing beside its target", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken/full`, { recursive: true });
    assert((await rejection(saveState(`${folder}/taken`, STATE))) !== "nothing was thrown");
    assertEquals(namesIn(folder), ["taken"]);
  });
});

Deno.test("a state of another stepper is refused", async () => {
  const renamed = defineStepper({ name: "other", parameters: NET.parameters, forward: NET.forward });
  assertEquals(
    await rejection(decodeState(BYTES, renamed, "load run")),
    `OptionsError: Cannot load run as stepper.name must be "net": current stepper.name is "other"`,
  );
  const wider = defineStepper({
    name: "net",
    parameters: { ...NET.parameters, lift: { ...NET.parameters.lift, bias: NdArray.zeros([1, 3]) } },
    forward: (u) => u,
  });
  assertEquals(
    await rejection(decodeState(BYTES, wider, "load run")),
    "OptionsError: Cannot load run as parameters.lift.bias must be in the file with shape [1, 3]: " +
      'current parameters.lift.bias is "shape [3]"',
  );
});

Deno.test("a state of another format or without a tensor is refused", async () => {
  const format = await withHeader(BYTES, (header) => header.__metadata__.format = "unroll-state-2");
  assertEquals(
    await refusal(format),
    "RangeError: Cannot load run as it must be a training state of format unroll-state-1: current format is unroll-state-2",
  );
  const plain = await withHeader(BYTES, (header) => delete (header as Record<string, unknown>).__metadata__);
  assertEquals(
    await refusal(plain),
    "RangeError: Cannot load run as it must be a training state of format unroll-state-1: current format is none",
  );
  const bare = await encodeState({ ...STATE, moments: { "0.mu": STATE.moments["0.mu"]! } });
  const missing = await withHeader(bare, (header) => {
    const text = JSON.parse(header.__metadata__.state!);
    header.__metadata__.state = JSON.stringify({ ...text, moments: ["0.mu", "0.nu"] });
  });
  assertEquals(
    await refusal(missing),
    "OptionsError: Cannot load run as moments.0.nu.lift.weight must be in the file with shape [3, 1, 3]: " +
      'current moments.0.nu.lift.weight is "absent"',
  );
  const half = await withHeader(BYTES, (header) => header["parameters.layers.1"]!.dtype = "F16");
  assertEquals(
    await refusal(half),
    "RangeError: Cannot load run as tensor parameters.layers.1 must be F32 with 12 bytes: " +
      "current tensor is F16 with 12 bytes",
  );
});

Deno.test("resuming by other settings lists all of them", async () => {
  const other = trainerOf(gpu, 9, { optimizer: sgd(0.1), batchSize: 4, numRolloutSteps: 3 });
  const [title, configuration, ...rest] = (await rejection(other.resume(STATE))).split("\n");
  assertEquals(title, "OptionsError: Cannot resume Supervised as 4 options do not hold:");
  const [, before, now] = configuration!.match(
    /^- configuration must be "Supervised (\w+)", as in the state: current configuration is "Supervised (\w+)"$/,
  )!;
  assert(before !== now);
  assertEquals(rest, [
    '- optimizer must be "adam(exponentialDecay(initValue=0.02, transitionSteps=50, decayRate=0.5, transitionBegin=0, ' +
    'staircase=false), b1=0.9, b2=0.999, eps=1e-8, epsRoot=0)", as in the state: current optimizer is "sgd(0.1)"',
    "- batchSize must be 5, as in the state: current batchSize is 4",
    "- numTotalSamples must be 18, as in the state: current numTotalSamples is 15",
  ]);
});

Deno.test("resuming by another configuration with as many windows is refused", async () => {
  for (const options of [{ cutBptt: true }, { timeLevelWeights: [1, 2] }]) {
    const message = await rejection(trainerOf(gpu, 9, options).resume(STATE));
    assert(message.startsWith("OptionsError: Cannot resume Supervised as configuration must be"), message);
  }
});

Deno.test("resuming by another schedule is refused", async () => {
  const optimizer = sgd(schedules.exponentialDecay({ initValue: 0.1, transitionSteps: 10, decayRate: 0.5 }));
  const state = await trainerOf(gpu, 3, { optimizer }).train(NET, { key: KEY });
  const other = sgd(schedules.exponentialDecay({ initValue: 0.2, transitionSteps: 10, decayRate: 0.5 }));
  const message = await rejection(trainerOf(gpu, 9, { optimizer: other }).resume(state));
  assert(message.startsWith("OptionsError: Cannot resume Supervised as optimizer must be"), message);
});
