import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  adam,
  Callback,
  type CallbackContext,
  callbacks,
  Gpu,
  type NdArray,
  Objective,
  OptionsError,
  random,
  sampleData,
  sgd,
  stack,
  steppers,
  Supervised,
  SupervisedTrainer,
} from "../../mod.ts";
import { loadState } from "../../src/files/state_file.ts";
import { SaveNetwork } from "../../src/files/save_network.ts";

const data = sampleData.advection1dPeriodic({
  numSamples: 3,
  temporalHorizon: 12,
  cfl: -0.75,
  key: random.key(0),
});
const validation = sampleData.advection1dPeriodic({
  numSamples: 2,
  temporalHorizon: 8,
  cfl: -0.75,
  key: random.key(1),
});
const stepper = steppers.conv({
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  kernelSize: 2,
  key: random.key(2),
});
const key = random.key(3);
const options = { optimizer: adam(1e-2), numTrainingSteps: 100, batchSize: 8 };

Deno.test("callbacks look before updates 0, every, 2 every, and change no bit of the run", async () => {
  await using gpu = await Gpu.request();
  const trainer = new SupervisedTrainer(gpu, data, options);
  const plain = await trainer.train(stepper, { key });
  const network = new callbacks.GetNetwork({ every: 30 });
  const norm = new callbacks.WeightNorm({ every: 45, squared: true });
  const watched = await trainer.train(stepper, { key, callbacks: [network, norm] });
  assertEquals(watched.stepper.parameters, plain.stepper.parameters);
  assertEquals(watched.lossHistory, plain.lossHistory);
  assertEquals(network.history.map(({ update }) => update), [0, 30, 60, 90]);
  assertEquals(norm.history.map(({ update }) => update), [0, 45, 90]);
  const at90 = await new SupervisedTrainer(gpu, data, { ...options, numTrainingSteps: 90 }).train(stepper, {
    key,
  });
  assertEquals(network.history[3]!.value.parameters, at90.stepper.parameters);
  const { weight, bias } = stepper.parameters;
  const squares = [...weight.data, ...bias!.data].reduce((sum, x) => sum + x * x, 0);
  assertAlmostEquals(norm.history[0]!.value, squares, 1e-12);
});

Deno.test("Loss and GradNorm see the batch of the coming update, or other data", async () => {
  await using gpu = await Gpu.request();
  const configuration = new Supervised();
  const onBatch = new callbacks.Loss({ every: 50, configuration, withGrad: true });
  const norm = new callbacks.GradNorm({ every: 50, configuration });
  const longer = new Supervised({ numRolloutSteps: 7 });
  const elsewhere = new callbacks.Loss({ every: 50, configuration: longer, data: validation });
  const trainer = new SupervisedTrainer(gpu, data, options);
  const run = await trainer.train(stepper, { key, callbacks: [onBatch, norm, elsewhere] });
  assertEquals(onBatch.history.map(({ value }) => Math.fround(value.loss)), [
    run.lossHistory[0],
    run.lossHistory[50],
  ]);
  const { grad } = onBatch.history[0]!.value;
  const leaves = Object.values(grad as Record<string, NdArray>);
  const fromGrad = Math.hypot(...leaves.flatMap((leaf) => [...leaf.data]));
  assertAlmostEquals(norm.history[0]!.value, fromGrad, 1e-12 * fromGrad);
  assertEquals(Object.keys(elsewhere.history[0]!.value), ["loss", "timeLevelLosses"]);
  using objective = new Objective(gpu, longer, { stepper, data: validation });
  assertEquals(elsewhere.history[0]!.value, await objective.evaluate());
  const step = await new SupervisedTrainer(gpu, data, { ...options, optimizer: sgd(1), numTrainingSteps: 1 })
    .train(stepper, { key });
  const moved = (["weight", "bias"] as const).flatMap((name) =>
    Array.from(stepper.parameters[name]!.data, (x, i) => x - step.stepper.parameters[name]!.data[i]!)
  );
  assertAlmostEquals(norm.history[0]!.value, Math.hypot(...moved), 1e-5 * Math.hypot(...moved));
});

Deno.test("EarlyStopping ends the run after its patience and keeps the best state", async () => {
  await using gpu = await Gpu.request();
  const stopping = new callbacks.EarlyStopping({
    every: 10,
    patience: 2,
    configuration: new Supervised(),
    data: validation,
  });
  // a learning rate at which the loss soon gets worse, and stays finite for the updates of this test
  const trainer = new SupervisedTrainer(gpu, data, {
    ...options,
    optimizer: sgd(1.9),
    numTrainingSteps: 1000,
  });
  const run = await trainer.train(stepper, { key, callbacks: [stopping] });
  const losses = stopping.history.map(({ value }) => value);
  const best = losses.indexOf(Math.min(...losses));
  assert(run.update < 1000);
  assertEquals(run.update, 10 * (best + 2));
  assertEquals(stopping.best[0]!.update, 10 * best);
});

Deno.test("SaveNetwork writes states from which a run goes on", async () => {
  const path = await Deno.makeTempDir();
  try {
    await using gpu = await Gpu.request();
    const trainer = new SupervisedTrainer(gpu, data, options);
    const saving = new SaveNetwork({ every: 40, path, fileName: "net" });
    const run = await trainer.train(stepper, { key, callbacks: [saving] });
    assertEquals(
      saving.history.map(({ value }) => value),
      [0, 40, 80].map((u) => `${path}/net_${u}.safetensors`),
    );
    const resumed = await trainer.resume(await loadState(`${path}/net_80.safetensors`, stepper));
    assertEquals(resumed.stepper.parameters, run.stepper.parameters);
    assertEquals(resumed.lossHistory, run.lossHistory);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("callbacks see each member of an ensemble", async () => {
  await using gpu = await Gpu.request();
  class Seen extends Callback<string> {
    protected evaluate({ member, isEnsemble, windows }: CallbackContext): string {
      return `${member} ${isEnsemble} ${windows.length}`;
    }
  }
  const seen = new Seen({ every: 100 });
  const trainer = new SupervisedTrainer(gpu, data, options);
  await trainer.trainEnsemble(stack([stepper, stepper]), { keys: [key, random.key(9)], callbacks: [seen] });
  assertEquals(seen.history, [
    { update: 0, member: 0, value: "0 true 8" },
    { update: 0, member: 1, value: "1 true 8" },
  ]);
});

Deno.test("options of callbacks that do not hold are named", () => {
  assertThrows(
    () => new callbacks.WeightNorm({ every: 0 }),
    OptionsError,
    "Cannot create callback as every must be an integer >= 1: current every is 0",
  );
  const configuration = new Supervised();
  assertThrows(
    () =>
      new callbacks.EarlyStopping({ every: 1, configuration, data: validation, patience: 0, minDelta: -1 }),
    OptionsError,
    "Cannot create EarlyStopping as 2 options do not hold:\n" +
      "- patience must be an integer >= 1: current patience is 0\n" +
      "- minDelta must be a finite number >= 0: current minDelta is -1",
  );
});
