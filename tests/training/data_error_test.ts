/**
 * Sources that fail during a run: what is said, and which state is kept.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DataError, Gpu, TrainingDataError, type TrajectorySource } from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { LARGE, largeTrainer, PLACES, sourceOf } from "./places.ts";
import { KEY, NET, type NetParameters, stateBits, thrown } from "./problem.ts";

const NUM_UPDATES = 20;
/** Chunks have 3 updates of 47 windows; this read belongs to update 14, so the first 12 can be made. */
const READ = 13 * 47 + 10;
const whole = await largeTrainer(gpu, LARGE, NUM_UPDATES).train(NET, { key: KEY });

/** A source whose n-th read gives something else. */
function spoilt(
  n: number,
  isAsync: boolean,
  spoil: (snapshots: Float32Array) => Float32Array,
): TrajectorySource {
  const source = sourceOf(LARGE, isAsync);
  let count = 0;
  return {
    shape: source.shape,
    read(window, length) {
      const found = source.read(window, length);
      if (++count !== n) return found;
      return found instanceof Promise ? found.then(spoil) : spoil(found);
    },
  };
}

const SPOILS: Readonly<Record<string, [(snapshots: Float32Array) => Float32Array, RegExp]>> = {
  "a number that is not finite": [
    (snapshots) => snapshots.with(17, NaN) as Float32Array,
    /^Cannot read data of sample (\d+) from snapshot (\d+) on as the numbers must be finite: current data\[\1, \d+, 0, 6\] is NaN$/,
  ],
  "too few numbers": [
    (snapshots) => snapshots.subarray(1),
    /^Cannot read data of sample \d+ from snapshot \d+ on as the source must give a Float32Array of 33 numbers \(3 snapshots of \[1, 11\]\): current result is 32 numbers$/,
  ],
  "an array of another kind": [
    (snapshots) => [...snapshots] as never,
    /^Cannot read data of .* as the source must give a Float32Array of 33 numbers .*: current result is \[.* 33 in all\]$/,
  ],
  "an error": [
    () => {
      throw new Error("the disk is gone");
    },
    /^Cannot read data of sample \d+ from snapshot \d+ on as the source must give them: current error is "the disk is gone"$/,
  ],
};

for (const [what, [spoil, message]] of Object.entries(SPOILS)) {
  for (const isAsync of [false, true]) {
    Deno.test(`${what}, ${isAsync ? "later" : "at once"}, ends a run with the state before its chunk`, async () => {
      await using device = await Gpu.request(PLACES.streamed.limits);
      const error = await assertRejects(
        () => largeTrainer(device, spoilt(READ, isAsync, spoil), NUM_UPDATES).train(NET, { key: KEY }),
        TrainingDataError<NetParameters>,
      ) as TrainingDataError<NetParameters>;
      const cause = error.cause as DataError;
      assert(message.test(cause.message), cause.message);
      assertEquals(
        error.message,
        "Cannot train Supervised beyond update 12 as its data must be readable: " +
          `current error is ${JSON.stringify(cause.message)}`,
      );
      assert(error instanceof DataError && cause instanceof DataError);
      assertEquals([error.name, cause.name], ["TrainingDataError", "DataError"]);
      assertEquals([error.sample, error.snapshot], [cause.sample, cause.snapshot]);
      assertEquals(error.states, [error.state]);
      assertEquals(device.buffers, []);
      const same = await largeTrainer(gpu, LARGE, 12).train(NET, { key: KEY });
      assertEquals(stateBits(error.state), stateBits(same));
      const rest = await largeTrainer(device, sourceOf(LARGE, isAsync), NUM_UPDATES).resume(error.state);
      assertEquals(stateBits(rest), stateBits(whole));
    });
  }
}

Deno.test("a number that is not finite is named by sample and snapshot", async () => {
  await using device = await Gpu.request(PLACES.streamed.limits);
  const data = LARGE.data.slice();
  data[(7 * 40 + 21) * 11 + 4] = -Infinity;
  const source = sourceOf({ ...LARGE, data } as never, true);
  const error = await assertRejects(
    () => largeTrainer(device, source, 33).train(NET, { key: KEY }),
    TrainingDataError,
  );
  assertEquals([error.sample, error.snapshot], [7, 21]);
  assert(error.message.includes("current data[7, 21, 0, 4] is -Infinity"), error.message);
});

for (const place of ["whole", "slabs"] as const) {
  Deno.test(`a source that fails while it is loaded ends a run with the state at its start, ${place}`, async () => {
    await using device = await Gpu.request(PLACES[place].limits);
    const start = await largeTrainer(gpu, LARGE, 5).train(NET, { key: KEY });
    const source = spoilt(30, true, (snapshots) => snapshots.with(300, Infinity) as Float32Array);
    const error = await assertRejects(
      () => largeTrainer(device, source, NUM_UPDATES).resume(start),
      TrainingDataError,
    );
    assert(error.message.startsWith("Cannot train Supervised beyond update 5 as"), error.message);
    assert((error.state as unknown) === start);
    assertEquals([error.sample, error.snapshot], [29, 27]); // element 300 of snapshots of 11
    assertEquals(device.buffers, []);
  });
}

Deno.test("a run that is aborted while a chunk is read ends with the state reached, and reads no more", async () => {
  const controller = new AbortController();
  const source = sourceOf(LARGE, false);
  let count = 0;
  const aborting: TrajectorySource = {
    shape: source.shape,
    async read(window, length) {
      if (++count === 4 * 47) controller.abort();
      await new Promise((resolve) => queueMicrotask(() => resolve(null)));
      return source.read(window, length);
    },
  };
  await using device = await Gpu.request(PLACES.streamed.limits);
  const trainer = largeTrainer(device, aborting, NUM_UPDATES);
  const state = await trainer.train(NET, { key: KEY, signal: controller.signal });
  assert(state.update < 6, `stopped at ${state.update}`);
  const before = count;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(count, before);
  assertEquals(
    stateBits(await largeTrainer(device, source, NUM_UPDATES).resume(state)),
    stateBits(whole),
  );
});

Deno.test("what is neither array nor source is refused", () => {
  const wrongs = [{ shape: [1, 2, 3] }, { shape: [1, 2.5, 3], read: () => {} }, { read: () => {} }, null];
  for (const data of wrongs) {
    assertEquals(
      thrown(() => largeTrainer(gpu, data as never, 3)),
      "OptionsError: Cannot create SupervisedTrainer as data must be an NdArray or a TrajectorySource: " +
        `current data is ${data === null ? "null" : "an object (Object)"}`,
    );
  }
  assertEquals(
    thrown(() => largeTrainer(gpu, { ...sourceOf(LARGE, true), shape: [40, 2, 1, 11] }, 3)),
    "ShapeError: Cannot train Supervised as trajectories need >= 3 snapshots (the initial state included): current count is 2",
  );
});
