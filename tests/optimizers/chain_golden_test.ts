/**
 * Trainings of 50 updates through optimizers and chains of optax, from `tests/golden/optimizer_chain.py`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  adam,
  adamw,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  defineStepper,
  lion,
  NdArray,
  ops,
  type Optimizer,
  random,
  scaleByAdam,
  scaleByLearningRate,
  schedules,
  sgd,
  type Shape,
  SupervisedTrainer,
  trace,
} from "../../mod.ts";
import { isNdArray, leavesOf } from "../../src/ndarray.ts";
import golden from "../golden/optimizer_chain.json" with { type: "json" };
import { gpu } from "../ops/device.ts";

const noBias = (path: string) => !path.endsWith("bias");
const KERNELS = ["lift.weight", "middle.weight", "last"];
const BIASES = ["lift.bias", "middle.bias"];
const cosine = schedules.cosineDecay({ initValue: 0.02, decaySteps: 40, alpha: 0.1, exponent: 1.5 });
const warmup = schedules.warmupCosineDecay({
  initValue: 0,
  peakValue: 0.03,
  warmupSteps: 10,
  decaySteps: 40,
  endValue: 0.001,
});
const pieces = schedules.piecewiseConstant({ initValue: 0.03, boundariesAndScales: { 10: 0.5, 30: 0.1 } });
const fading = schedules.linear({ initValue: 1, endValue: 0, transitionSteps: 30 });

/** The optimizer of each run, and the paths that are frozen in it. */
const OPTIMIZERS: Readonly<Record<string, Optimizer | readonly [Optimizer, readonly string[]]>> = {
  adamw: adamw(0.01, { weightDecay: 0.3 }),
  "adamw defaults": adamw(0.01),
  "adamw mask": adamw(0.02, { b1: 0.8, b2: 0.99, eps: 1e-6, weightDecay: 0.5, mask: noBias }),
  "adamw weightDecay schedule": adamw(0.01, { weightDecay: fading }),
  "adamw frozen": [adamw(0.01, { weightDecay: 0.3 }), ["middle"]],
  lion: lion(0.002, { weightDecay: 0.5 }),
  "lion mask": lion(cosine, { b1: 0.8, b2: 0.9, weightDecay: 1, mask: KERNELS }),
  "clip adam": chain(clipByGlobalNorm(0.05), adam(0.01)),
  "clip sgd": chain(clipByGlobalNorm(0.3), sgd(0.05, { momentum: 0.9 })),
  "clip frozen": [chain(clipByGlobalNorm(0.2), sgd(0.3)), BIASES],
  "adam clip": chain(scaleByAdam(), clipByGlobalNorm(2), scaleByLearningRate(0.02)),
  "trace decay clip": chain(
    trace(0.9, { nesterov: true }),
    addDecayedWeights(0.05, { mask: KERNELS }),
    clipByGlobalNorm(0.4),
    scaleByLearningRate(warmup),
  ),
  "clip adam clip": chain(clipByGlobalNorm(0.5), adam(cosine), clipByGlobalNorm(0.03)),
  "decay sgd": chain(addDecayedWeights(0.1), sgd(pieces, { momentum: 0.8, nesterov: true })),
};

const array = ({ data, shape }: { data: number[]; shape: number[] }) => new NdArray(data, shape as Shape);
const { lift, middle, last } = golden.start;
const PARAMETERS = {
  lift: { weight: array(lift.weight), bias: array(lift.bias) },
  middle: { weight: array(middle.weight), bias: array(middle.bias) },
  last: { weight: array(last.weight) },
};

/** u' = u + w tanh(conv(tanh(conv(u)))). */
const stepperOf = (frozen: readonly string[]) =>
  defineStepper<typeof PARAMETERS>({
    name: "net",
    parameters: PARAMETERS,
    frozen,
    forward(u, { lift, middle, last }) {
      const first = ops.tanh({ u: ops.conv({ u, w: lift.weight, b: lift.bias }) });
      const second = ops.tanh({ u: ops.conv({ u: first, w: middle.weight, b: middle.bias }) });
      return ops.add({ a: u, b: ops.conv({ u: second, w: last.weight }) });
    },
  });

/** The relative difference in the norm. */
function off(actual: ArrayLike<number>, expected: readonly number[]): number {
  return Math.hypot(...expected.map((x, i) => x - actual[i]!)) / Math.hypot(...expected);
}

/** The numbers at a path of a tree of lists. */
const at = (tree: unknown, path: string): number[] =>
  path.split(".").reduce((node, key) => (node as Record<string, unknown>)[key], tree) as number[];

Deno.test("each run of the file has an optimizer here", () => {
  assertEquals(golden.runs.map(({ name }) => name), Object.keys(OPTIMIZERS));
});

for (const { name, lossHistory, parameters } of golden.runs) {
  Deno.test(`${name} trains as with optax`, async () => {
    const [optimizer, frozen] = [OPTIMIZERS[name]!].flat() as [Optimizer, readonly string[] | undefined];
    const trainer = new SupervisedTrainer(gpu, new NdArray(golden.data, golden.shape), {
      numRolloutSteps: 2,
      optimizer,
      numTrainingSteps: golden.updates,
      batchSize: golden.batchSize,
      runner: "launches", // the kernels of optimizers; ./apply.ts has transforms in the resident kernel
    });
    const run = await trainer.train(stepperOf(frozen ?? []), { key: random.key(42) });
    const loss = off(run.lossHistory, lossHistory);
    assert(loss <= 1e-4, `the loss history is off by ${loss}`);
    for (const { path, value } of leavesOf(run.stepper.parameters, isNdArray)) {
      const weights = off(value.data, at(parameters, path));
      assert(weights <= 2e-4, `${path} is off by ${weights}`);
      if (!frozen?.some((prefix) => path.startsWith(prefix))) continue;
      assertEquals(
        value.data,
        leavesOf(PARAMETERS, isNdArray).find((leaf) => leaf.path === path)!.value.data,
      );
    }
  });
}
