/**
 * What a run records and what it leaves alone.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  adam,
  defineStepper,
  NdArray,
  Objective,
  PermutationMixer,
  sgd,
  Supervised,
  TrajectorySubStacker,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { DATA, KEY, NET, trainerOf, treeBits } from "./problem.ts";

const CONFIGURATION = new Supervised({ numRolloutSteps: 2, timeLevelWeights: [0.5, 2] });

Deno.test("the loss of an update is that of its batch before the update, the smaller last batch included", async () => {
  const windows = new TrajectorySubStacker({ numSamples: 3, trajectoryLen: 8, subTrajectoryLen: 3 });
  const mixer = new PermutationMixer({ numTotalSamples: 18, numMinibatches: 9, batchSize: 5, key: KEY });
  assertEquals(Array.from({ length: 9 }, (_, i) => mixer.batch(i).length), [5, 5, 5, 3, 5, 5, 5, 3, 5]);
  const options = { timeLevelWeights: [0.5, 2] };
  const whole = await trainerOf(gpu, 9, options).train(NET, { key: KEY });
  for (let i = 0; i < 9; i++) {
    const stepper = i === 0 ? NET : (await trainerOf(gpu, i, options).train(NET, { key: KEY })).stepper;
    const batch = [...mixer.batch(i)].map((window) => windows.window(window));
    using objective = new Objective(gpu, CONFIGURATION, { stepper, data: DATA, windows: batch });
    const { loss } = await objective.evaluate();
    assertEquals(whole.lossHistory[i], Math.fround(loss), `update ${i + 1}`);
  }
});

Deno.test("an update of gradient descent is the gradient of its batch times the rate", async () => {
  const windows = new TrajectorySubStacker({ numSamples: 3, trajectoryLen: 8, subTrajectoryLen: 3 });
  const mixer = new PermutationMixer({ numTotalSamples: 18, numMinibatches: 4, batchSize: 5, key: KEY });
  const rate = 0.25;
  const options = { optimizer: sgd(rate), timeLevelWeights: [0.5, 2] };
  for (const i of [0, 3]) {
    const before = i === 0 ? NET : (await trainerOf(gpu, i, options).train(NET, { key: KEY })).stepper;
    const after = (await trainerOf(gpu, i + 1, options).train(NET, { key: KEY })).stepper;
    const batch = [...mixer.batch(i)].map((window) => windows.window(window));
    using objective = new Objective(gpu, CONFIGURATION, { stepper: before, data: DATA, windows: batch });
    const { grad } = await objective.valueAndGrad();
    grad.lift.weight.data.forEach((g, k) => {
      const step = after.parameters.lift.weight.data[k]! - before.parameters.lift.weight.data[k]!;
      assertAlmostEquals(step, -rate * g, 1e-6);
      assert(Math.abs(g) > 1e-4);
    });
  }
});

Deno.test("windows from the first snapshots only are one for each trajectory", async () => {
  const trainer = trainerOf(gpu, 6, { doSubStacking: false });
  assertEquals([trainer.numTotalSamples, trainerOf(gpu, 6).numTotalSamples], [3, 18]);
  const { lossHistory } = await trainer.train(NET, { key: KEY });
  using objective = new Objective(gpu, new Supervised({ numRolloutSteps: 2 }), { stepper: NET, data: DATA });
  assertAlmostEquals(lossHistory[0]!, (await objective.evaluate()).loss, 1e-6);
  assertAlmostEquals(await trainer.fullLoss(NET), lossHistory[0]!, 1e-6);
});

const FROZEN = defineStepper({
  name: "frozen net",
  parameters: NET.parameters,
  frozen: ["lift", "layers.1"],
  forward: NET.forward,
});

for (
  const [optimizer, runner] of [
    [sgd(0.1, { momentum: 0.9 }), "resident"],
    [adam(0.1), "launches"],
    [adam(0.1, { eps: 0 }), "launches"],
  ] as const
) {
  Deno.test(`${optimizer.name} keeps the bits of frozen parameters, ${runner}`, async () => {
    const { stepper, moments } = await trainerOf(gpu, 12, { optimizer, runner }).train(FROZEN, { key: KEY });
    const [before, after] = [treeBits(NET.parameters), treeBits(stepper.parameters)];
    for (const path of ["lift.weight", "lift.bias", "layers.1"]) assertEquals(after[path], before[path]);
    assert(after["layers.0"]!.every((word, i) => word !== before["layers.0"]![i]));
    for (const tree of Object.values(moments)) {
      assertEquals(tree.lift.bias, NdArray.zeros([3]));
      assert(tree.layers[0].data.every((x) => x !== 0));
    }
  });
}

Deno.test("recordLossEvery keeps the losses of updates 0, n, 2n, ..., through stops and resumes", async () => {
  const whole = await trainerOf(gpu, 20).train(NET, { key: KEY });
  const expected = whole.lossHistory.filter((_, i) => i % 3 === 0);
  const thinned = await trainerOf(gpu, 20, { recordLossEvery: 3 }).train(NET, { key: KEY });
  assertEquals(thinned.lossHistory, expected);
  assertEquals(thinned.update, 20);
  for (const stop of [1, 6, 8]) {
    const part = await trainerOf(gpu, stop, { recordLossEvery: 3 }).train(NET, { key: KEY });
    assertEquals(part.lossHistory, expected.slice(0, Math.ceil(stop / 3)));
    const resumed = await trainerOf(gpu, 20, { recordLossEvery: 3 }).resume(part);
    assertEquals(resumed.lossHistory, expected);
  }
});
