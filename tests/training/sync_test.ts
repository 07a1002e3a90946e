/**
 * How often training makes the host wait, what it reports on the way, and what it leaves on the device.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DivergenceError, Gpu, type Progress, sgd, ShapeError, steppers } from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { countCalls } from "./device_calls.ts";
import { KEY, LINEAR, LINEAR_OPTIONS, NET, rejection, stateBits, trainerOf } from "./problem.ts";

/** The most that training may map buffers: once in 50 updates, and once for the state. */
const allowedMaps = (numUpdates: number) => Math.floor(numUpdates / 50) + 1;

for (const numUpdates of [1, 64, 500, 640, 1030]) {
  Deno.test(`${numUpdates} updates map at most ${allowedMaps(numUpdates) + 1} buffers`, async () => {
    const calls = await countCalls(() => trainerOf(gpu, numUpdates).train(LINEAR, { key: KEY }));
    // A last block that is not full is read, too.
    assert(calls.mapAsync <= allowedMaps(numUpdates) + 1, `${calls.mapAsync} maps`);
    if (numUpdates >= 500) assert(calls.mapAsync <= allowedMaps(numUpdates), `${calls.mapAsync} maps`);
    assertEquals(gpu.buffers, []);
  });
}

Deno.test("submits hold many updates", async () => {
  const numUpdates = 1000;
  const count = async (runner: "launches" | "resident") => {
    const trainer = trainerOf(gpu, numUpdates, { runner });
    await trainer.train(LINEAR, { key: KEY });
    const calls = await countCalls(() => trainer.train(LINEAR, { key: KEY }));
    assert(calls.submit < numUpdates / 5, `${calls.submit} submits for ${numUpdates} updates`);
    return calls.dispatch / numUpdates;
  };
  const perUpdate = await count("launches");
  assertEquals(perUpdate, Math.round(perUpdate));
  assert(await count("resident") < 0.5); // a dispatch holds many updates, too
});

Deno.test("buffers do not grow with the number of updates", async () => {
  const [few, many] = [
    await countCalls(() => trainerOf(gpu, 640).train(LINEAR, { key: KEY })),
    await countCalls(() => trainerOf(gpu, 1280).train(LINEAR, { key: KEY })),
  ];
  // One more to read each block.
  assertEquals(many.createBuffer - few.createBuffer, many.mapAsync - few.mapAsync);
});

Deno.test("progress tells how far a run is", async () => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  const state = await trainerOf(gpu, 300).train(LINEAR, { key: KEY, onProgress });
  assert(seen.length > 1 && seen.length < 150, `${seen.length} reports`);
  const updates = seen.map(({ update }) => update);
  assertEquals(updates, [...new Set(updates)].sort((a, b) => a - b));
  assertEquals(updates.at(-1), 300);
  for (const { update, numUpdates, epoch, loss, updatesPerSecond } of seen) {
    assertEquals([numUpdates, epoch], [300, Math.floor((update - 1) / 4)]); // 18 windows in batches of 5
    if (update < 60) assertEquals(loss, null); // in the first of five blocks
    else if (loss !== null) {
      assert(state.lossHistory.subarray(0, update).includes(Math.fround(loss)), `loss ${loss}`);
    }
    assert(updatesPerSecond >= 0 && updatesPerSecond < 1e6, `${updatesPerSecond} updates/s`);
  }
  assert(seen.at(-1)!.loss !== null && seen.at(-1)!.updatesPerSecond > 0);
});

Deno.test("progress of a resumed run goes on from the update before", async () => {
  const start = await trainerOf(gpu, 100).train(LINEAR, { key: KEY });
  const seen: Progress[] = [];
  await trainerOf(gpu, 130).resume(start, { onProgress: (progress) => seen.push(progress) });
  assert(seen.every(({ update, numUpdates }) => update > 100 && update <= 130 && numUpdates === 130));
  assertEquals(seen.at(-1)!.update, 130);
});

Deno.test("buffers are freed by a run, by an abort, by a divergence and by an error of the caller", async () => {
  assertEquals(gpu.buffers, []);
  await trainerOf(gpu, 10).train(NET, { key: KEY });
  assertEquals(gpu.buffers, []);
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  await trainerOf(gpu, 1000).train(NET, { key: KEY, signal: controller.signal, onProgress });
  assertEquals(gpu.buffers, []);
  await assertRejects(
    () => trainerOf(gpu, 200, { optimizer: sgd(1e4) }).train(NET, { key: KEY }),
    DivergenceError,
  );
  assertEquals(gpu.buffers, []);
  const throwing = () => {
    throw new Error("no more");
  };
  assertEquals(
    await rejection(trainerOf(gpu, 1000).train(NET, { key: KEY, onProgress: throwing })),
    "Error: no more",
  );
  assertEquals(gpu.buffers, []);
  const twoChannels = steppers.conv({ ...LINEAR_OPTIONS, inChannels: 2, outChannels: 2 });
  await assertRejects(() => trainerOf(gpu, 10).train(twoChannels, { key: KEY }), ShapeError);
  assertEquals(gpu.buffers, []);
});

Deno.test("two runs on one device at a time give the bits of one after the other", async () => {
  const alone = stateBits(await trainerOf(gpu, 100).train(NET, { key: KEY }));
  const [a, b, c] = await Promise.all([
    trainerOf(gpu, 100).train(NET, { key: KEY }),
    trainerOf(gpu, 100).train(LINEAR, { key: KEY }),
    trainerOf(gpu, 100).train(NET, { key: KEY }),
  ]);
  assertEquals(stateBits(a), alone);
  assertEquals(stateBits(c), alone);
  assertEquals(b.update, 100);
  assertEquals(gpu.buffers, []);
});

Deno.test("a device that is disposed during a run ends it with an error and nothing unhandled", async () => {
  const unhandled: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", listener);
  try {
    const other = await Gpu.request();
    const onProgress = () => other[Symbol.dispose]();
    const message = await rejection(trainerOf(other, 10_000).train(NET, { key: KEY, onProgress }));
    assert(
      /^DisposedError: Cannot .* Gpu as it must not be disposed: current state is disposed$/.test(message),
      message,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    assertEquals(unhandled, []);
  } finally {
    globalThis.removeEventListener("unhandledrejection", listener);
  }
});
