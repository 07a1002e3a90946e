/**
 * Bits: a run gives the same ones each time, however often it is stopped, saved and resumed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Gpu, sgd, type TrainingState } from "../../mod.ts";
import { loadState, saveState } from "../../src/files/state_file.ts";
import { gpu } from "../ops/device.ts";
import {
  DECAYING,
  KEY,
  LINEAR,
  NET,
  type NetParameters,
  signalAfter,
  stateBits,
  trainerOf,
} from "./problem.ts";

const NUM_UPDATES = 150;
/** Around the ends of a block of 64 updates, and inside of the third. */
const STOPS = [1, 63, 64, 65, 130];

const whole = await trainerOf(gpu, NUM_UPDATES).train(NET, { key: KEY });
const expected = stateBits(whole);

/** The state after it has been to a file. */
async function throughFile(state: TrainingState<NetParameters>): Promise<TrainingState<NetParameters>> {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await saveState(path, state);
    return await loadState(path, NET);
  } finally {
    await Deno.remove(path);
  }
}

/** Resumes from a file until the last update, and compares with the run that never stopped. */
async function assertResumes(state: TrainingState<NetParameters>): Promise<void> {
  const loaded = await throughFile(state);
  assertEquals(stateBits(loaded), stateBits(state));
  assertEquals(stateBits(await trainerOf(gpu, NUM_UPDATES).resume(loaded)), expected);
}

Deno.test("training moves every parameter and fills the loss history", () => {
  assertEquals([whole.update, whole.lossHistory.length], [NUM_UPDATES, NUM_UPDATES]);
  assertEquals(Object.keys(whole.moments), ["0.mu", "0.nu"]);
  const before = stateBits({ ...whole, stepper: NET }).parameters;
  for (const [path, words] of Object.entries(expected.parameters)) {
    assert(words.every((word, i) => word !== before[path]![i]), `${path} has elements that did not move`);
  }
  assert(whole.lossHistory.every((loss) => loss > 0 && loss < 10));
  assert(whole.lossHistory.at(-1)! < 0.5 * whole.lossHistory[0]!);
});

Deno.test("two runs give the same bits, also on another device", async () => {
  assertEquals(stateBits(await trainerOf(gpu, NUM_UPDATES).train(NET, { key: KEY })), expected);
  await using other = await Gpu.request();
  assertEquals(stateBits(await trainerOf(other, NUM_UPDATES).train(NET, { key: KEY })), expected);
});

Deno.test("recompute gives the bits of store", async () => {
  const trainer = trainerOf(gpu, NUM_UPDATES, { memory: "recompute" });
  assertEquals(stateBits(await trainer.train(NET, { key: KEY })), expected);
});

Deno.test("the optimizer sees the number of an update, not that of the run", async () => {
  const constant = trainerOf(gpu, NUM_UPDATES, { optimizer: sgd(0.02) });
  const other = await constant.train(NET, { key: KEY });
  assert(other.lossHistory[1] !== whole.lossHistory[1]);
});

for (const stop of STOPS) {
  Deno.test(`a run of ${stop} updates has the bits of the first ${stop} and resumes to those of all`, async () => {
    const state = await trainerOf(gpu, stop).train(NET, { key: KEY });
    assertEquals(state.update, stop);
    assertEquals(stateBits(state).lossHistory, expected.lossHistory.slice(0, stop));
    await assertResumes(state);
  });
}

for (const numLooks of [1, 2, 3, 4, 5, 7]) {
  Deno.test(`a run that is aborted at look ${numLooks + 1} has the bits of that many updates`, async () => {
    const signal = signalAfter(numLooks);
    const state = await trainerOf(gpu, NUM_UPDATES).train(NET, { key: KEY, signal });
    assert(state.update < NUM_UPDATES || numLooks > 4);
    assertEquals(state.lossHistory.length, state.update);
    if (state.update > 0) {
      const same = await trainerOf(gpu, state.update).train(NET, { key: KEY });
      assertEquals(stateBits(state), stateBits(same));
    }
    await assertResumes(state);
  });
}

Deno.test("a run that is aborted from onProgress ends soon after and resumes", async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const state = await trainerOf(gpu, 100_000).train(NET, {
    key: KEY,
    signal: controller.signal,
    onProgress({ update }) {
      seen.push(update);
      controller.abort();
    },
  });
  assert(state.update >= seen[0]! && state.update < 1000, `stopped at ${state.update}`);
  assertEquals(state.lossHistory.length, state.update);
  const same = await trainerOf(gpu, state.update).train(NET, { key: KEY });
  assertEquals(stateBits(state), stateBits(same));
});

Deno.test("a run that is stopped again and again has the bits of one that never stopped", async () => {
  let state = await trainerOf(gpu, NUM_UPDATES).train(NET, { key: KEY, signal: signalAfter(2) });
  let numStops = 0;
  for (; state.update < NUM_UPDATES; numStops++) {
    const before = state.update;
    state = await throughFile(state);
    state = await trainerOf(gpu, NUM_UPDATES).resume(state, { signal: signalAfter(3 + numStops) });
    assert(state.update > before, "no update between two stops");
  }
  assert(numStops > 1);
  assertEquals(stateBits(state), expected);
});

Deno.test("a signal that is aborted before the start gives the state at the start", async () => {
  const trainer = trainerOf(gpu, NUM_UPDATES);
  const start = await trainer.train(NET, { key: KEY, signal: AbortSignal.abort() });
  assertEquals(start.update, 0);
  assert(start.stepper.parameters === NET.parameters);
  assertEquals(start.lossHistory.length, 0);
  const { moments } = stateBits(start);
  assertEquals(
    Object.values(moments).flatMap((tree) => Object.values(tree)).flat().every((x) => x === 0),
    true,
  );
  assertEquals(Object.keys(moments), ["0.mu", "0.nu"]);
  assert(await trainer.resume(whole, { signal: AbortSignal.abort() }) === whole);
  await assertResumes(start);
});

Deno.test("a state that has all its updates is what resume gives back", async () => {
  assert(await trainerOf(gpu, NUM_UPDATES).resume(whole) === whole);
  assert(await trainerOf(gpu, NUM_UPDATES - 1).resume(whole) === whole);
});

Deno.test("a resumed run may be longer or kept leaner than the first", async () => {
  const first = await trainerOf(gpu, 70).train(NET, { key: KEY });
  const longer = await trainerOf(gpu, NUM_UPDATES, { memory: "recompute" }).resume(first);
  assertEquals(stateBits(longer), expected);
});

Deno.test("batches larger than all windows, and a momentum, resume to the same bits", async () => {
  const options = { batchSize: 40, optimizer: sgd(0.05, { momentum: 0.9, nesterov: true }) };
  const once = await trainerOf(gpu, 80, options).train(LINEAR, { key: KEY });
  assertEquals(Object.keys(once.moments), ["0.momentum"]);
  const half = await trainerOf(gpu, 41, options).train(LINEAR, { key: KEY });
  assertEquals(stateBits(await trainerOf(gpu, 80, options).resume(half)), stateBits(once));
});

Deno.test("states are values: neither training nor resuming changes the one it began with", async () => {
  const before = stateBits({ ...whole, stepper: NET }).parameters;
  const state = await trainerOf(gpu, 20, { optimizer: DECAYING }).train(NET, { key: KEY });
  const kept = structuredClone(stateBits(state));
  await trainerOf(gpu, 40).resume(state);
  assertEquals(stateBits(state), kept);
  assertEquals(stateBits({ ...whole, stepper: NET }).parameters, before);
});
