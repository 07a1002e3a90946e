/**
 * The first update of the quickstart of the README, as a script of its own: prints its loss.
 *
 * @module
 */
import { adam, Gpu, random, sampleData, steppers, SupervisedTrainer } from "../../mod.ts";

await using gpu = await Gpu.request();
const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) });
const stepper = steppers.conv({
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  kernelSize: 2,
  useBias: false,
  key: random.key(73),
});
const trainer = new SupervisedTrainer(gpu, data, {
  numRolloutSteps: 5,
  optimizer: adam(1e-2),
  numTrainingSteps: 1,
  batchSize: 32,
});
const { lossHistory } = await trainer.train(stepper, { key: random.key(42) });
console.log(lossHistory[0]);
