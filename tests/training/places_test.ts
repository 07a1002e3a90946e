/**
 * Where the data lie changes no bit.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AnyStepper,
  callbacks,
  DivergenceError,
  type Ensemble,
  Gpu,
  ops,
  random,
  ResiduumTrainer,
  sgd,
  stack,
  steppers,
  Supervised,
  type SupervisedTrainerOptions,
  type TrainingState,
  type TrajectoryData,
} from "../../mod.ts";
import { openNpy } from "../../src/files/mod.ts";
import { gpu } from "../ops/device.ts";
import { LARGE, largeTrainer, newReads, PLACES, sourceOf, withNpy } from "./places.ts";
import {
  DATA,
  DECAYING,
  KEY,
  LINEAR,
  LINEAR_OPTIONS,
  NET,
  rejection,
  stateBits,
  trainerOf,
} from "./problem.ts";

const NUM_UPDATES = 70; // two epochs and a bit, whose last batches are smaller

/** Runs on a device of its own, whose limits force the data to a place. */
async function at<T>(
  place: keyof typeof PLACES,
  data: TrajectoryData,
  run: (device: Gpu) => Promise<T>,
  stepper: AnyStepper | Ensemble = NET,
  options: Partial<SupervisedTrainerOptions> = {},
): Promise<T> {
  const { limits, says } = PLACES[place];
  const trainer = (device: Gpu) => largeTrainer(device, data, NUM_UPDATES, options);
  const { total } = trainer(gpu).memory(stepper as AnyStepper);
  await using device = await Gpu.request(place === "streamed" ? { maxBytes: total - 1 } : limits);
  const plan = trainer(device).explain(stepper as AnyStepper);
  assert(says.test(plan), plan);
  const result = await run(device);
  assertEquals(device.buffers, []);
  return result;
}

const train = (data: TrajectoryData) => async (device: Gpu) =>
  stateBits(await largeTrainer(device, data, NUM_UPDATES).train(NET, { key: KEY }));

const expected = await at("whole", LARGE, train(LARGE));

for (const place of ["slabs", "streamed"] as const) {
  Deno.test(`an array has the same bits ${place} as whole`, async () => {
    assertEquals(await at(place, LARGE, train(LARGE)), expected);
  });
}

for (const place of ["whole", "slabs", "streamed"] as const) {
  for (const isAsync of [false, true]) {
    Deno.test(`a source that answers ${isAsync ? "later" : "at once"} has the bits of an array, ${place}`, async () => {
      const reads = newReads();
      const source = sourceOf(LARGE, isAsync, reads);
      assertEquals(await at(place, source, train(source)), expected);
      assertEquals(reads.mostOpen, 1);
      // Kept on the device, each sample is read once; else each window of each batch.
      const numWindows = 2 * (32 * 47 + 16) + 4 * 47;
      assertEquals(reads.count, place === "streamed" ? numWindows : 40);
    });
  }
  Deno.test(`a file has the bits of an array, ${place}`, async () => {
    await withNpy(LARGE, async (path) => {
      using file = await openNpy(path);
      assertEquals(await at(place, file, train(file)), expected);
    });
  });

  Deno.test(`members of an ensemble have the bits that they have whole, ${place}`, async () => {
    const ensemble = stack(
      [1, 2, 3].map((seed) => steppers.conv({ ...LINEAR_OPTIONS, key: random.key(seed) })),
    );
    const keys = [4, 5, 6].map((seed) => random.key(seed));
    const options = { batchSize: 15 };
    const run = async (device: Gpu) => {
      const states = await largeTrainer(device, LARGE, 40, options).trainEnsemble(ensemble, { keys });
      return states.map(stateBits);
    };
    assertEquals(await at(place, LARGE, run, ensemble as unknown as Ensemble, options), await run(gpu));
  });

  Deno.test(`a stopped run goes on to the same bits, ${place}`, async () => {
    await at(place, LARGE, async (device) => {
      const start = await largeTrainer(device, LARGE, 35).train(NET, { key: KEY });
      assertEquals(stateBits(await largeTrainer(device, LARGE, NUM_UPDATES).resume(start)), expected);
      assertEquals(stateBits(await largeTrainer(gpu, LARGE, NUM_UPDATES).resume(start)), expected);
    });
  });

  Deno.test(`callbacks see the batch, ${place}`, async () => {
    const look = async (device: Gpu) => {
      const batch = new callbacks.Loss({ every: 20, configuration: new Supervised({ numRolloutSteps: 2 }) });
      const other = new callbacks.Loss({
        every: 30,
        configuration: new Supervised({ numRolloutSteps: 7 }),
        data: sourceOf(DATA, true),
        withGrad: true,
      });
      const trainer = largeTrainer(device, LARGE, NUM_UPDATES);
      const { lossHistory } = await trainer.train(LINEAR, { key: KEY, callbacks: [batch, other] });
      batch.history.forEach(({ update, value }) =>
        assertEquals(Math.fround(value.loss), lossHistory[update])
      );
      return [batch.history, other.history];
    };
    assertEquals(await at(place, LARGE, look, LINEAR), await look(gpu));
  });
}

Deno.test("windows that are longer than what is read, and one window a trajectory, have the same bits", async () => {
  const run = async (device: Gpu, doSubStacking: boolean) => {
    const trainer = new ResiduumTrainer(device, LARGE, {
      numRolloutSteps: 3,
      residuum: (next, previous) => ops.sub({ a: next, b: ops.scale({ u: previous }, { factor: 0.5 }) }),
      optimizer: DECAYING,
      numTrainingSteps: 20,
      batchSize: 11,
      doSubStacking,
    });
    return [trainer.explain(NET), stateBits(await trainer.train(NET, { key: KEY }))] as const;
  };
  await using device = await Gpu.request({ maxBytes: 140_000 });
  for (const doSubStacking of [true, false]) {
    const [plan, bits] = await run(device, doSubStacking);
    assert(PLACES.streamed.says.test(plan), plan);
    assertEquals(bits, (await run(gpu, doSubStacking))[1]);
  }
});

Deno.test("the next chunk is read while this one computes", async () => {
  const reads = newReads();
  await using device = await Gpu.request(PLACES.streamed.limits);
  const seen: number[][] = [];
  const onProgress = ({ update }: { update: number }) => seen.push([update, reads.count]);
  await largeTrainer(device, sourceOf(LARGE, true, reads), 64).train(NET, { key: KEY, onProgress });
  const [[update, count] = []] = seen;
  assert(update! < 3 && count! > 3 * 47, `${count} reads at update ${update}`);
  assertEquals(reads.count, 64 * 47 - 31);
});

Deno.test("a run that diverges goes back to the same state wherever its data lie", async () => {
  const diverge = async (device: Gpu, data: TrajectoryData) => {
    const trainer = largeTrainer(device, data, 60, { optimizer: sgd(2) });
    const error = await assertRejects(() => trainer.train(LINEAR, { key: KEY }), DivergenceError);
    assertEquals(device.buffers, []);
    return [error.message, stateBits(error.state as TrainingState)];
  };
  const whole = await diverge(gpu, LARGE);
  for (const place of ["slabs", "streamed"] as const) {
    const source = sourceOf(LARGE, true);
    const options = { optimizer: sgd(2) };
    assertEquals(await at(place, source, (device) => diverge(device, source), LINEAR, options), whole);
  }
});

for (const place of ["whole", "slabs", "streamed"] as const) {
  Deno.test(`memory() of a trainer counts what lies on the device, ${place}`, async () => {
    await at(place, LARGE, async (device) => {
      const trainer = largeTrainer(device, LARGE, 10);
      const { total, data } = trainer.memory(NET);
      let seen = { bytes: 0, data: 0 };
      await trainer.train(NET, {
        key: KEY,
        onProgress() {
          const ofData = device.buffers.filter(({ label }) => /^(data|slab \d+)$/.test(label));
          seen = { bytes: device.bytes, data: ofData.reduce((sum, { bytes }) => sum + bytes, 0) };
        },
      });
      assertEquals(seen, { bytes: total, data });
    });
  });
}

Deno.test("memory() of a trainer counts the members of an ensemble", () => {
  const trainer = trainerOf(gpu, 10);
  const [one, three] = [trainer.memory(stack([NET])), trainer.memory(stack([NET, NET, NET]))];
  assertEquals(one, trainer.memory(NET));
  assert(three.states >= 2.9 * one.states && three.data === one.data);
});

Deno.test("a batch whose windows are larger than a binding is refused with a smaller one that fits", async () => {
  await using device = await Gpu.request({ maxBindingBytes: 36_000 });
  const wide = { batchSize: 500, memory: "recompute" } as const;
  const message = await rejection(largeTrainer(device, LARGE, 5, wide).train(LINEAR, { key: KEY }));
  assertEquals(
    message,
    "GpuError: Cannot train Supervised as each buffer must fit in the 36000 bytes that the device can bind " +
      "(those of memory: { checkpoints: 1 } with batchSize: 8 would): current size of buffer data is 72000 bytes",
  );
});
