/**
 * The quickstart of the README: updates of the advection stencil through R = 1, 5 and 20 unrolled steps, beside the
 * roof of the adapter in the same run. A bench is a block of updates with reading back; nothing is compiled in it.
 *
 *     deno task bench bench/quickstart_bench.ts
 *
 * @module
 */
import { adam, Gpu, random, sampleData, steppers, SupervisedTrainer } from "../mod.ts";
import { roofOf } from "./roof.ts";

const UPDATES = 256;

const gpu = await Gpu.request();
const { copy, multiplyAdd } = await roofOf(gpu);
console.log(
  `${gpu.name}: copies ${copy.toFixed(1)} GB/s, multiplies and adds ${multiplyAdd.toFixed(1)} GFLOP/s`,
);

const key = (seed: number) => random.key(seed, { partitionable: false });
const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: key(0) });
const stepper = steppers.conv({
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  kernelSize: 2,
  useBias: false,
  key: key(73),
});

for (const numRolloutSteps of [1, 5, 20]) {
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps,
    optimizer: adam(1e-2),
    numTrainingSteps: UPDATES,
    batchSize: 32,
  });
  await trainer.train(stepper, { key: key(42) });
  Deno.bench(`${UPDATES} updates through R = ${numRolloutSteps}`, { group: "quickstart" }, async () => {
    await trainer.train(stepper, { key: key(42) });
  });
}
