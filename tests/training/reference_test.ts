/**
 * Every entry of trainax_linear.json trained from WGSL, through the public trainers at their default options.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { adam, GeneralTrainer, Supervised, SupervisedTrainer, type TrainerOptions } from "../../mod.ts";
import { CONFIGURATIONS, GOLDEN, NUM_UPDATES } from "../configurations/reference.ts";
import { gpu } from "../ops/device.ts";
import { DATA, KEY, NAMES, STEPPER, trainerOptionsOf } from "./reference.ts";

/** The stencil of first-order upwinding, from which distances are taken. */
const UPWIND = [0.25, 0.75];

const TRAINING: TrainerOptions = { optimizer: adam(1e-2), numTrainingSteps: NUM_UPDATES, batchSize: 32 };

type Runner = NonNullable<TrainerOptions["runner"]>;

function supervisedTrainer(
  { numRolloutSteps, cutBptt, cutBpttEvery, timeLevelWeights }: Supervised,
  runner: Runner = "auto",
) {
  const chain = { numRolloutSteps, cutBptt, cutBpttEvery, timeLevelWeights };
  return new SupervisedTrainer(gpu, DATA, { ...TRAINING, ...chain, runner });
}

async function trainedWeights(trainer: GeneralTrainer): Promise<Float32Array> {
  const { stepper, lossHistory } = await trainer.train(STEPPER, { key: KEY });
  assertEquals(lossHistory.length, NUM_UPDATES);
  assertEquals(gpu.buffers, []);
  return stepper.parameters.weight.data;
}

const distance = (w: ArrayLike<number>) => Math.hypot(w[0]! - UPWIND[0]!, w[1]! - UPWIND[1]!);

/** One entry of each kind, for the runner that `"auto"` does not take; `tests/run` compares all its gradients. */
const LAUNCHED = ["sup5_cut2", "div5_2_weights", "mix3_2", "res5_cutnext"] as const;
const RUNS = [
  ...NAMES.map((name) => ({ name, runner: "auto" as const })),
  ...LAUNCHED.map((name) => ({ name, runner: "launches" as const })),
];

for (const { name, runner } of RUNS) {
  Deno.test(`${name} has the reference weights after ${NUM_UPDATES} updates, ${runner}`, async () => {
    const configuration = CONFIGURATIONS[name]!;
    const trainer = configuration instanceof Supervised
      ? supervisedTrainer(configuration, runner)
      : new GeneralTrainer(gpu, DATA, { ...TRAINING, ...trainerOptionsOf(name), runner });
    const w = await trainedWeights(trainer);
    w.forEach((x, i) => assertAlmostEquals(x, GOLDEN[name]!.w1000[i]!, 1e-4));
  });
}

Deno.test("20 rollout steps end at distance 0.0166 of first-order upwinding", async () => {
  const w = await trainedWeights(supervisedTrainer(new Supervised({ numRolloutSteps: 20 })));
  // Measured: 0.016616. trainax prints 0.017.
  assert(Math.abs(distance(w) - 0.0166) < 5e-5, `distance is ${distance(w)}`);
});

Deno.test("the loss of the first update is that of the reference, and the loss over all windows falls", async () => {
  const trainer = supervisedTrainer(new Supervised({ numRolloutSteps: 5 }));
  assertEquals(trainer.numTotalSamples, 20 * 95);
  const before = await trainer.fullLoss(STEPPER);
  const { stepper, lossHistory } = await trainer.train(STEPPER, { key: KEY });
  assertAlmostEquals(lossHistory[0]!, GOLDEN.sup5!.loss, 1e-5 * GOLDEN.sup5!.loss);
  const after = await trainer.fullLoss(stepper);
  assert(before > 5 && after < 0.2, `from ${before} to ${after}`);
});
