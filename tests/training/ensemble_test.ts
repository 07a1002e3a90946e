import { assertEquals, assertThrows } from "@std/assert";
import {
  adam,
  EnsembleObjective,
  Gpu,
  NdArray,
  Objective,
  OptionsError,
  random,
  sampleData,
  stack,
  steppers,
  Supervised,
  SupervisedTrainer,
} from "../../mod.ts";

const KEYS = random.split(random.key(3), 3);
const data = sampleData.advection1dPeriodic({
  numPoints: 13,
  numSamples: 3,
  temporalHorizon: 12,
  key: KEYS[0]!,
});
const members = KEYS.map((key) =>
  steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 3, key })
);

Deno.test("each member of an ensemble has the loss and gradient that it has alone, bit for bit", async () => {
  await using gpu = await Gpu.request();
  const configuration = new Supervised({ numRolloutSteps: 3, cutBptt: true, cutBpttEvery: 2 });
  using objective = new EnsembleObjective(gpu, configuration, { ensemble: stack(members), data });
  const together = await objective.valueAndGrad();
  for (const [m, stepper] of members.entries()) {
    using alone = new Objective(gpu, configuration, { stepper, data });
    assertEquals(together[m], await alone.valueAndGrad());
  }
});

Deno.test("each member of an ensemble trains as it trains alone, bit for bit, with its key and learning rate", async () => {
  await using gpu = await Gpu.request();
  const rates = [1e-2, 3e-3, 1e-3];
  const trainer = (rate: number) =>
    new SupervisedTrainer(gpu, data, {
      numRolloutSteps: 2,
      optimizer: adam(rate),
      numTrainingSteps: 70,
      batchSize: 8,
    });
  const together = await trainer(1).trainEnsemble(stack(members), {
    keys: KEYS,
    optimizers: rates.map((r) => adam(r)),
  });
  for (const [m, stepper] of members.entries()) {
    const alone = await trainer(rates[m]!).train(stepper, { key: KEYS[m]! });
    assertEquals(together[m]!.stepper.parameters, alone.stepper.parameters);
    assertEquals(together[m]!.moments, alone.moments);
    assertEquals(together[m]!.lossHistory, alone.lossHistory);
    assertEquals(together[m]!.settings, alone.settings);
  }
});

Deno.test("an ensemble resumes from the states of its members", async () => {
  await using gpu = await Gpu.request();
  const trainer = (numTrainingSteps: number) =>
    new SupervisedTrainer(gpu, data, { optimizer: adam(1e-2), numTrainingSteps, batchSize: 8 });
  const whole = await trainer(20).trainEnsemble(stack(members), { keys: KEYS });
  const part = await trainer(7).trainEnsemble(stack(members), { keys: KEYS });
  const resumed = await trainer(20).resumeEnsemble(part);
  assertEquals(resumed.map((s) => s.stepper.parameters), whole.map((s) => s.stepper.parameters));
  assertEquals(resumed.map((s) => s.lossHistory), whole.map((s) => s.lossHistory));
});

Deno.test("stack refuses members of other architectures, naming each", () => {
  const wide = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: KEYS[0]! });
  assertThrows(
    () => stack([members[0]!, wide, members[1]!]),
    OptionsError,
    "Cannot stack steppers as members.1 must be conv(weight [1, 1, 3], bias [1, 1]), as the first: " +
      'current members.1 is "conv(weight [1, 1, 2], bias [1, 1])"',
  );
  assertThrows(
    () => stack([]),
    OptionsError,
    "Cannot stack steppers as members.length must be >= 1: current members.length is 0",
  );
  assertEquals(stack(members).members.map((m) => m.parameters.weight instanceof NdArray), [true, true, true]);
});
