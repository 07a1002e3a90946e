/**
 * A gigabyte of data on a device limited to 256 MB.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  adam,
  Gpu,
  NdArray,
  random,
  steppers,
  SupervisedTrainer,
  type TrajectoryData,
  type TrajectorySource,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { KEY, stateBits } from "./problem.ts";

const [S, T, N] = [1024, 64, 4096];
const LIMIT = 256e6;

/** A sawtooth of its own for each sample, moving by a point a step. */
const WAVES: TrajectorySource = {
  shape: [S, T, 1, N],
  read({ sample, start }, numSnapshots) {
    const numbers = new Float32Array(numSnapshots * N);
    for (let t = 0; t < numSnapshots; t++) {
      for (let x = 0; x < N; x++) numbers[t * N + x] = (x + start + t) % (17 + sample % 13) / 16 - 0.5;
    }
    return numbers;
  },
};

const stepper = steppers.conv({
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  kernelSize: 3,
  key: random.key(0),
});

function trainerOf(device: Gpu, data: TrajectoryData): SupervisedTrainer {
  return new SupervisedTrainer(device, data, {
    numRolloutSteps: 3,
    optimizer: adam(1e-3),
    numTrainingSteps: 70,
    batchSize: 4,
    doSubStacking: false,
  });
}

Deno.test("1 GB trains on a device limited to 256 MB, with the bits of resident data on the slice that is trained on", async () => {
  assert(4 * S * T * N > 1e9);
  await using small = await Gpu.request({ maxBytes: LIMIT });
  const trainer = trainerOf(small, WAVES);
  assert(/of 1024 trajectories of 64 snapshots, \d+ windows at a time/.test(trainer.explain(stepper)));
  let peak = 0;
  const streamed = await trainer.train(stepper, {
    key: KEY,
    onProgress: () => peak = Math.max(peak, small.bytes),
  });
  assert(peak > 0 && peak < LIMIT / 2, `${peak} bytes`);

  const slice = new NdArray(new Float32Array(S * 4 * N), [S, 4, 1, N]);
  for (let sample = 0; sample < S; sample++) {
    slice.data.set(WAVES.read({ sample, start: 0 }, 4) as Float32Array, sample * 4 * N);
  }
  const resident = trainerOf(gpu, slice);
  assert(/1024 trajectories of 4 snapshots lie in one buffer/.test(resident.explain(stepper)));
  assertEquals(stateBits(streamed), stateBits(await resident.train(stepper, { key: KEY })));
});
