import { assertEquals } from "@std/assert";
import { PermutationMixer } from "../../src/data/permutation_mixer.ts";
import { TrajectorySubStacker } from "../../src/data/sub_stacker.ts";
import { TrajectoryMixer } from "../../src/data/trajectory_mixer.ts";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { NdArray, sizeOf } from "../../src/ndarray.ts";
import { key } from "../../src/random/mod.ts";
import golden from "../golden/trajectory_mixer.json" with { type: "json" };
import { throwsExactly } from "../random/throws.ts";

/** The numbers 0, 1, 2, ... */
const iota = (shape: readonly number[]) =>
  new NdArray(Array.from({ length: sizeOf(shape) }, (_, i) => i), shape);

for (const { shape, seed, options, batches } of golden.mixers) {
  Deno.test(`TrajectoryMixer gives trainax's batches of [${shape}] ${JSON.stringify(options)}`, () => {
    const mixer = new TrajectoryMixer(iota(shape), { ...options, key: key(seed) });
    for (const [i, { info, shape, data }] of batches.entries()) {
      const batch = mixer.batch(i);
      assertEquals(batch.shape, shape);
      assertEquals([...batch.data], data);
      assertEquals(mixer.info(i), info);
    }
  });
}

for (const { dataShape, options, shape, data } of golden.stackers) {
  Deno.test(`TrajectorySubStacker gathers trainax's windows of [${dataShape}] ${JSON.stringify(options)}`, () => {
    const [numSamples, trajectoryLen] = dataShape as [number, number];
    const stacker = new TrajectorySubStacker({ numSamples, trajectoryLen, ...options });
    assertEquals([stacker.numTotalSamples, stacker.storedLen], [shape[0], shape[1]]);
    const all = stacker.gather(iota(dataShape), Uint32Array.from({ length: shape[0]! }, (_, i) => i));
    assertEquals(all.shape, shape);
    assertEquals([...all.data], data);
  });
}

for (const { seed, options, batchSize, numMinibatchesPerEpoch, numEpochs, batches } of golden.orders) {
  Deno.test(`PermutationMixer draws trainax's batches at the edge ${JSON.stringify(options)}`, () => {
    const mixer = new PermutationMixer({ ...options, key: key(seed) });
    assertEquals(
      [mixer.batchSize, mixer.numMinibatchesPerEpoch, mixer.numEpochs],
      [batchSize, numMinibatchesPerEpoch, numEpochs],
    );
    assertEquals(batches.map((_, i) => [...mixer.batch(i)]), batches);
  });
}

Deno.test("TrajectorySubStacker gathers copies, from any array with its first two axes", () => {
  const stacker = new TrajectorySubStacker({ numSamples: 2, trajectoryLen: 4, subTrajectoryLen: 2 });
  const data = iota([2, 4, 3]);
  stacker.gather(data, [0]).data.fill(-1);
  assertEquals(data, iota([2, 4, 3]));
  assertEquals([...stacker.gather(iota([2, 4]), [5, 1]).data], [6, 7, 1, 2]);
  assertEquals(stacker.gather(data, []).shape, [0, 2, 3]);
});

Deno.test("TrajectorySubStacker refuses other data, and windows that do not exist", () => {
  const stacker = new TrajectorySubStacker({ numSamples: 2, trajectoryLen: 4, subTrajectoryLen: 2 });
  for (const shape of [[2, 5, 3], [3, 4, 3], [4]]) {
    throwsExactly(
      () => stacker.gather(iota(shape), [0]),
      ShapeError,
      "Cannot gather windows of TrajectorySubStacker as the first two axes of data must be [2, 4]: " +
        `current shape of data is [${shape.join(", ")}]`,
    );
  }
  throwsExactly(
    () => stacker.gather(iota([2, 4, 3]), [6]),
    RangeError,
    "Cannot locate window of TrajectorySubStacker as the index must be an integer in [0, 6): current index is 6",
  );
});

Deno.test("TrajectoryMixer refuses wrong data and options", () => {
  const options = { subTrajectoryLen: 2, numMinibatches: 1, batchSize: 1, key: key(0) };
  throwsExactly(
    () => new TrajectoryMixer(iota([4]), options),
    ShapeError,
    "Cannot create TrajectoryMixer as data must have the axes [samples, snapshots, ...]: " +
      "current shape of data is [4]",
  );
  throwsExactly(
    () => new TrajectoryMixer([[1, 2]] as never, options),
    OptionsError,
    "Cannot create TrajectoryMixer as data must be an instance of NdArray: current data is [[1, 2]]",
  );
  throwsExactly(
    () => new TrajectoryMixer(iota([2, 1, 3]), options),
    ShapeError,
    "Cannot create TrajectorySubStacker as trajectories need >= 2 snapshots (subTrajectoryLen=2): " +
      "current count is 1",
  );
  throwsExactly(
    () => new TrajectoryMixer(iota([2, 4]), { onlyStoreIc: 1, numMinibatches: 0 } as never),
    OptionsError,
    "Cannot create TrajectoryMixer as 5 options do not hold:\n" +
      "- subTrajectoryLen must be an integer >= 1: current subTrajectoryLen is undefined\n" +
      "- numMinibatches must be an integer >= 1: current numMinibatches is 0\n" +
      "- batchSize must be an integer >= 1: current batchSize is undefined\n" +
      "- key must be a key made by random.key: current key is undefined\n" +
      "- onlyStoreIc must be true or false: current onlyStoreIc is 1",
  );
});
