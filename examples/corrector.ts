/**
 * A corrector u' = P(u) + f(u): coarse physics P that stays as it is, and a small network f for what P gets wrong.
 *
 * P is the first-order upwind scheme, whose waves move on as they should and die out as they should not. It is a
 * part of the stepper, so gradients flow through it from step to step, and `frozen` keeps its stencil from being
 * trained. f is a ready-made network; halved, so that training begins near the coarse physics.
 *
 *     deno run examples/corrector.ts
 *
 * @module
 */
import {
  adam,
  defineStepper,
  Gpu,
  NdArray,
  ops,
  random,
  rollout,
  sampleData,
  steppers,
  SupervisedTrainer,
} from "@unroll/unroll";

/** What came of it. */
export interface Outcome {
  /** The error of the coarse physics after 20 steps, relative to the truth. */
  readonly coarse: number;
  /** The error with the correction. */
  readonly corrected: number;
  /** The stencil of the physics, after training. */
  readonly physics: readonly number[];
  /** The loss before each update. */
  readonly lossHistory: Float32Array;
}

/** Trains a corrector and compares it with its coarse physics on states that it has not seen. */
export async function main(
  { numUpdates = 2000, print = console.log }: { numUpdates?: number; print?: (line: string) => void } = {},
): Promise<Outcome> {
  await using gpu = await Gpu.request();
  const network = steppers.convNet({
    spatialDims: 1,
    inChannels: 1,
    outChannels: 1,
    hiddenChannels: 8,
    depth: 1,
    kernelSize: 5,
    activation: "tanh",
    key: random.key(1),
  });
  const upwind = new NdArray([0.25, 0.75], [1, 1, 2]);
  const physics = defineStepper({
    name: "upwind",
    parameters: { stencil: upwind },
    forward: (u, { stencil }) => ops.conv({ u, w: stencil }),
  });
  const corrector = defineStepper({
    name: "corrector",
    parameters: { physics: physics.parameters, network: network.parameters },
    frozen: ["physics"],
    forward: (u, p) => {
      const correction = ops.scale({ u: network.forward(u, p.network) }, { factor: 0.5 });
      return ops.add({ a: physics.forward(u, p.physics), b: correction });
    },
  });
  const data = sampleData.advection1dPeriodic({ cfl: -0.75, numSamples: 50, key: random.key(0) });
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps: 4,
    optimizer: adam(3e-3),
    numTrainingSteps: numUpdates,
    batchSize: 32,
  });
  const { stepper: trained, lossHistory } = await trainer.train(corrector, { key: random.key(42) });

  const numSteps = 20;
  const unseen = sampleData.advection1dPeriodic({ cfl: -0.75, numSamples: 10, key: random.key(7) });
  const [initial, truth] = [unseen.take(1, 0), unseen.take(1, numSteps)];
  const coarse = relativeError((await rollout(gpu, physics, initial, numSteps)).take(1, numSteps), truth);
  const corrected = relativeError((await rollout(gpu, trained, initial, numSteps)).take(1, numSteps), truth);
  const stencil = [...trained.parameters.physics.stencil.data];
  print(
    `Corrector: after ${numSteps} steps from unseen states the coarse physics is off by ${
      percent(coarse)
    }, and with ` +
      `the correction of ${numUpdates} updates by ${percent(corrected)}; the frozen stencil is still [${
        stencil.join(", ")
      }]`,
  );
  return { coarse, corrected, physics: stencil, lossHistory };
}

/** |a - b| / |b|, over all elements. */
function relativeError(a: NdArray, b: NdArray): number {
  return Math.hypot(...b.data.map((x, i) => a.data[i]! - x)) / Math.hypot(...b.data);
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

if (import.meta.main) await main();
