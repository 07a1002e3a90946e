/**
 * Objectives on sources, and on arrays of which they read a few windows.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  Composite,
  DataError,
  EnsembleObjective,
  Gpu,
  losses,
  NdArray,
  Objective,
  random,
  stack,
  steppers,
  Supervised,
  type Window,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { LARGE, largeTrainer, newReads, sourceOf } from "../training/places.ts";
import { LINEAR, LINEAR_OPTIONS, NET, rejection } from "../training/problem.ts";

const SUPERVISED = new Supervised({ numRolloutSteps: 2 });
/** 7 windows of 3 snapshots, in no order, one of them twice. */
const WINDOWS: readonly Window[] = [[39, 37], [0, 0], [3, 5], [3, 6], [12, 30], [3, 5], [39, 0]]
  .map(([sample, start]) => ({ sample: sample!, start: start! }));

/** The windows as trajectories of their own. */
const STACKED = new NdArray(
  WINDOWS.flatMap(({ sample, start }) => [...LARGE.row(sample).data.subarray(start * 11, (start + 3) * 11)]),
  [WINDOWS.length, 3, 1, 11],
);

/** The bytes of snapshots of 11 numbers: padded, and once more in rows of 256 texels where kernels read texels. */
function dataBytes(snapshots: number): number {
  const bytes = 12 * 4 * snapshots;
  return bytes + (gpu.maxTextureRows > 0 ? 4096 * Math.ceil(bytes / 4096) : 0);
}

Deno.test("a few windows give the bits of trajectories that are the windows, and only they are uploaded", async () => {
  using alone = new Objective(gpu, SUPERVISED, { stepper: NET, data: STACKED });
  const expected = await alone.valueAndGrad();
  for (const data of [LARGE, sourceOf(LARGE, false), sourceOf(LARGE, true)]) {
    using objective = new Objective(gpu, SUPERVISED, { stepper: NET, data, windows: WINDOWS });
    assertEquals(objective.memory(), alone.memory());
    assertEquals(objective.memory().data, dataBytes(7 * 3));
    assert(
      objective.explain().includes(
        "of 40 trajectories of 40 snapshots, 7 windows at a time are on the device",
      ),
    );
    assertEquals(await objective.valueAndGrad(), expected);
    assertEquals((await objective.evaluate()).loss, expected.loss);
  }
});

Deno.test("as many windows as trajectories hold are read in place, from a source that is read once", async () => {
  const windows = Array.from({ length: 40 * 38 }, (_, i) => ({ sample: Math.floor(i / 38), start: i % 38 }));
  const reads = newReads();
  using objective = new Objective(gpu, SUPERVISED, {
    stepper: LINEAR,
    data: sourceOf(LARGE, true, reads),
    windows,
  });
  assertEquals(objective.memory().data, LARGE.size / 11 * 12 * 4);
  const { loss } = await objective.evaluate();
  assertEquals([reads.count, reads.mostOpen], [40, 1]);
  assertEquals(await largeTrainer(gpu, LARGE, 1).fullLoss(LINEAR), loss);
  assertEquals(await largeTrainer(gpu, sourceOf(LARGE, false), 1).fullLoss(LINEAR), loss);
});

Deno.test("members of an ensemble share the windows on the device", async () => {
  const ensemble = stack([1, 2].map((seed) => steppers.conv({ ...LINEAR_OPTIONS, key: random.key(seed) })));
  using objective = new EnsembleObjective(gpu, SUPERVISED, {
    ensemble,
    data: sourceOf(LARGE, true),
    windows: WINDOWS,
  });
  assertEquals(objective.memory().data, dataBytes(7 * 3));
  const found = await objective.valueAndGrad();
  for (const [m, stepper] of ensemble.members.entries()) {
    using alone = new Objective(gpu, SUPERVISED, { stepper, data: STACKED });
    assertEquals(found[m], await alone.valueAndGrad());
  }
});

Deno.test("data larger than a binding or than maxBytes are evaluated by their windows", async () => {
  using expected = new Objective(gpu, SUPERVISED, {
    stepper: LINEAR,
    data: LARGE,
    windows: WINDOWS,
    runner: "launches",
  });
  for (const limits of [{ maxBindingBytes: 4000 }, { maxBytes: 20_000 }]) {
    await using small = await Gpu.request(limits);
    using objective = new Objective(small, SUPERVISED, {
      stepper: LINEAR,
      data: LARGE,
      windows: WINDOWS,
      runner: "launches",
    });
    assertEquals(await objective.valueAndGrad(), await expected.valueAndGrad());
  }
});

Deno.test("a source that fails is named by an objective, which may be asked again", async () => {
  let isBroken = true;
  const source = sourceOf(LARGE, false);
  using objective = new Objective(gpu, SUPERVISED, {
    stepper: LINEAR,
    windows: WINDOWS,
    data: {
      shape: source.shape,
      read(window, count) {
        const snapshots = source.read(window, count) as Float32Array;
        return isBroken && window.sample === 12 ? snapshots.with(22, NaN) as Float32Array : snapshots;
      },
    },
  });
  const error = await assertRejects(() => objective.valueAndGrad(), DataError);
  assertEquals([error.name, error.sample, error.snapshot], ["DataError", 12, 32]);
  assertEquals(
    error.message,
    "Cannot read data of sample 12 from snapshot 30 on as the numbers must be finite: " +
      "current data[12, 32, 0, 0] is NaN",
  );
  isBroken = false;
  using expected = new Objective(gpu, SUPERVISED, { stepper: LINEAR, data: LARGE, windows: WINDOWS });
  assertEquals(await objective.valueAndGrad(), await expected.valueAndGrad());
});

Deno.test("windows that do not fit at once are evaluated in parts, an uneven last one included", async () => {
  const windows = Array.from({ length: 1000 }, (_, i) => ({ sample: i % 40, start: i % 38 }));
  const terms = [losses.mse(), losses.mae({ batchReduction: "sum" })];
  const configuration = new Composite(
    terms.map((timeLevelLoss) => new Supervised({ numRolloutSteps: 2, timeLevelLoss })),
    [1, 0.25],
  );
  const ensemble = stack([1, 2].map((seed) => steppers.conv({ ...LINEAR_OPTIONS, key: random.key(seed) })));
  using objective = new EnsembleObjective(gpu, configuration, { ensemble, data: LARGE, windows });
  const expected = await objective.evaluate();
  objective[Symbol.dispose]();
  const peaks: number[] = [];
  for (
    const [data, limits] of [
      [LARGE, { maxBytes: 200_000 }],
      [LARGE, { maxBytes: 50_000 }],
      [sourceOf(LARGE, true), { maxBindingBytes: 20_000 }],
    ] as const
  ) {
    await using small = await Gpu.request(limits);
    using parts = new EnsembleObjective(small, configuration, { ensemble, data, windows });
    const found = await parts.evaluate();
    peaks.push(small.buffers.find(({ label }) => label === "data")!.bytes);
    assertEquals(await parts.evaluate(), found); // and so they do again
    for (const [m, { loss, timeLevelLosses }] of found.entries()) {
      assertAlmostEquals(loss, expected[m]!.loss, 1e-6 * expected[m]!.loss);
      for (const [i, level] of timeLevelLosses.entries()) {
        const exact = expected[m]!.timeLevelLosses[i]!;
        assertAlmostEquals(level, exact, 1e-6 * exact, `member ${m}, term ${i}`);
      }
    }
    const message = await rejection(parts.valueAndGrad());
    assert(
      /^GpuError: Cannot evaluate Composite as (its buffers|each buffer) must fit in/.test(message),
      message,
    );
  }
  // Whole beside as many windows as fit; 63 windows of 3 snapshots of 48 bytes.
  assertEquals(peaks, [76_800, 63 * 144, 63 * 144]);
});

Deno.test("an objective that is disposed while a source is read ends with an error, and the device goes on", async () => {
  const source = sourceOf(LARGE, true);
  const objective = new Objective(gpu, SUPERVISED, {
    stepper: LINEAR,
    windows: WINDOWS,
    data: {
      shape: source.shape,
      read(window, count) {
        objective[Symbol.dispose]();
        return source.read(window, count);
      },
    },
  });
  assertEquals(
    await rejection(objective.evaluate()),
    "DisposedError: Cannot evaluate Objective as it must not be disposed: current state is disposed",
  );
  assertEquals(gpu.buffers, []);
  await gpu.settled();
});

Deno.test("windows outside of a source are refused", async () => {
  const make = () =>
    new Objective(gpu, SUPERVISED, {
      stepper: LINEAR,
      data: sourceOf(LARGE, false),
      windows: [{ sample: 40, start: 38 }],
    });
  assertEquals(
    await rejection(Promise.resolve().then(make)),
    "OptionsError: Cannot evaluate Supervised as 2 options do not hold:\n" +
      "- windows.0.sample must be an integer in [0, 39]: current windows.0.sample is 40\n" +
      "- windows.0.start must be an integer in [0, 37]: current windows.0.start is 38",
  );
});
