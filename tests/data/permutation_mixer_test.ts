import { assertEquals } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { PermutationMixer } from "../../src/data/permutation_mixer.ts";
import { key, permutation, split } from "../../src/random/mod.ts";
import golden from "../golden/data.json" with { type: "json" };
import reference from "../golden/trainax_linear.json" with { type: "json" };
import { throwsExactly } from "../random/throws.ts";

const layouts = [
  { name: "partitionable", options: {}, mixers: golden.partitionable.mixer },
  { name: "original", options: { partitionable: false }, mixers: golden.original.mixer },
];

for (const { name, options: layout, mixers } of layouts) {
  for (const { seed, options, batchSize, numMinibatchesPerEpoch, numEpochs, batches } of mixers) {
    Deno.test(`PermutationMixer draws trainax's batches ${JSON.stringify(options)} (${name})`, () => {
      const mixer = new PermutationMixer({ ...options, key: key(seed, layout) });
      assertEquals(mixer.numTotalSamples, options.numTotalSamples);
      assertEquals(mixer.numMinibatches, options.numMinibatches);
      assertEquals(mixer.batchSize, batchSize);
      assertEquals(mixer.numMinibatchesPerEpoch, numMinibatchesPerEpoch);
      assertEquals(mixer.numEpochs, numEpochs);
      // Forwards and backwards, so that epochs are left and come back.
      for (const { i, indices, epoch, batch } of [...batches, ...batches.toReversed()]) {
        assertEquals([...mixer.batch(i)], indices, `batch ${i}`);
        assertEquals(mixer.info(i), { epoch, batch });
      }
    });
  }
}

Deno.test("PermutationMixer draws the first batch of the linear reference problem", () => {
  const mixer = new PermutationMixer({
    numTotalSamples: 1980,
    numMinibatches: 1000,
    batchSize: 32,
    key: key(42, { partitionable: false }),
  });
  assertEquals([...mixer.batch(0).subarray(0, 8)], reference._first_batch_idx_sup1);
});

Deno.test("PermutationMixer shows every sample once in an epoch, the last batch being the remainder", () => {
  const mixer = new PermutationMixer({ numTotalSamples: 10, numMinibatches: 6, batchSize: 4, key: key(1) });
  for (let epoch = 0; epoch < 2; epoch++) {
    const batches = [0, 1, 2].map((b) => mixer.batch(3 * epoch + b));
    assertEquals(batches.map((b) => b.length), [4, 4, 2]);
    const seen = batches.flatMap((b) => [...b]).sort((a, b) => a - b);
    assertEquals(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

Deno.test("PermutationMixer reaches a late epoch at once", () => {
  const mixer = new PermutationMixer({ numTotalSamples: 7, numMinibatches: 9, batchSize: 7, key: key(1) });
  let k = key(1);
  for (let epoch = 0; epoch < 8; epoch++) k = split(k)[0];
  assertEquals(mixer.batch(8), permutation(k, 7));
});

Deno.test("PermutationMixer gives copies", () => {
  const mixer = new PermutationMixer({ numTotalSamples: 4, numMinibatches: 1, batchSize: 4, key: key(1) });
  const first = [...mixer.batch(0)];
  mixer.batch(0).fill(0);
  assertEquals([...mixer.batch(0)], first);
});

Deno.test("PermutationMixer refuses minibatches that do not exist", () => {
  const mixer = new PermutationMixer({ numTotalSamples: 4, numMinibatches: 3, batchSize: 2, key: key(1) });
  for (const i of [-1, 3, 0.5, NaN]) {
    for (const call of [() => mixer.batch(i), () => mixer.info(i)]) {
      throwsExactly(
        call,
        RangeError,
        "Cannot locate minibatch of PermutationMixer as the index must be an integer in [0, 3): " +
          `current index is ${i}`,
      );
    }
  }
});

Deno.test("PermutationMixer refuses wrong options", () => {
  throwsExactly(
    () => new PermutationMixer({ numTotalSamples: 0, numMinibatches: -1, batchSize: 0.5, key: {} as never }),
    OptionsError,
    "Cannot create PermutationMixer as 4 options do not hold:\n" +
      "- numTotalSamples must be an integer >= 1: current numTotalSamples is 0\n" +
      "- numMinibatches must be an integer >= 1: current numMinibatches is -1\n" +
      "- batchSize must be an integer >= 1: current batchSize is 0.5\n" +
      "- key must be a key made by random.key: current key is an object (Object)",
  );
});

Deno.test("a batch is written where there is room for it, and what lies beside is left", () => {
  const mixer = new PermutationMixer({ numTotalSamples: 5, numMinibatches: 4, batchSize: 3, key: key(0) });
  const target = new Uint32Array(6).fill(9);
  assertEquals(mixer.writeBatch(0, target, 2), 3);
  assertEquals([...target], [9, 9, 0, 1, 4, 9]);
  assertEquals(mixer.writeBatch(1, target), 2);
  assertEquals([...target], [3, 2, 0, 1, 4, 9]);
  assertEquals(mixer.writeBatch(1, target, 4), 2); // the smaller rest of an epoch still has room
  for (const at of [-1, 1.5, NaN, 4]) {
    throwsExactly(
      () => mixer.writeBatch(0, target, at),
      RangeError,
      "Cannot write minibatch of PermutationMixer as at must be an integer with room for 3 indices behind it " +
        `(target has 6): current at is ${at}`,
    );
  }
  assertEquals([...target], [3, 2, 0, 1, 3, 2]);
});
