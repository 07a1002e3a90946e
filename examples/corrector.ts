/**
 * A corrector u' = P(u) + f(u): coarse physics P that stays as it is, and a small network f for what P gets wrong.
 *
 * P is the first-order upwind scheme, whose waves move on as they should and die out as they should not. It is part of the
 * stepper, so gradients flow through it from step to step, and `frozen` keeps its stencil from being trained. f is two
 * convolutions with a tanh between them; the last one starts at zero, so that training begins at the coarse physics.
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
  type Stepper,
  SupervisedTrainer,
} from "@unroll/unroll";

/** Parameters of a corrector. */
type Corrector = {
  readonly physics: NdArray;
  readonly network: { readonly lift: NdArray; readonly bias: NdArray; readonly project: NdArray };
};

/** A corrector with H hidden channels. */
function makeCorrector(H: number): Stepper<Corrector> {
  const bounds = { minval: -1 / Math.sqrt(5), maxval: 1 / Math.sqrt(5) };
  return defineStepper({
    name: "corrector",
    parameters: {
      physics: new NdArray([0.25, 0.75], [1, 1, 2]),
      network: {
        lift: random.uniform(random.key(1), [H, 1, 5], bounds),
        bias: NdArray.zeros([H, 1]),
        project: NdArray.zeros([1, H, 5]),
      },
    },
    frozen: ["physics"],
    forward: (u, { physics, network: { lift, bias, project } }) => {
      const hidden = ops.tanh({ u: ops.conv({ u, w: lift, b: bias }) });
      return ops.add({ a: ops.conv({ u, w: physics }), b: ops.conv({ u: hidden, w: project }) });
    },
  });
}

/** Trains the corrector; returns relative errors after 20 unseen steps, and the stencil of the physics. */
export async function main(
  { numUpdates = 2000, print = console.log }: { numUpdates?: number; print?: (line: string) => void } = {},
): Promise<{ coarse: number; corrected: number; physics: readonly number[]; lossHistory: Float32Array }> {
  await using gpu = await Gpu.request();
  const data = sampleData.advection1dPeriodic({ cfl: -0.75, numSamples: 50, key: random.key(0) });
  const stepper = makeCorrector(8);
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps: 4,
    optimizer: adam(3e-3),
    numTrainingSteps: numUpdates,
    batchSize: 32,
  });
  const { stepper: trained, lossHistory } = await trainer.train(stepper, { key: random.key(42) });

  const unseen = sampleData.advection1dPeriodic({ cfl: -0.75, numSamples: 10, key: random.key(7) });
  const [numSteps, truth] = [20, unseen.take(1, 20).data];
  const errorOf = async (stepper: Stepper<Corrector>) => {
    const states = (await rollout(gpu, stepper, unseen.take(1, 0), numSteps)).take(1, numSteps).data;
    return Math.hypot(...truth.map((x, i) => states[i]! - x)) / Math.hypot(...truth);
  };
  const [coarse, corrected] = [await errorOf(stepper), await errorOf(trained)];
  print(
    `Corrector: after ${numSteps} steps from unseen states the coarse physics is off by ${(100 * coarse).toFixed(1)} % and ` +
      `with the correction of ${numUpdates} updates by ${(100 * corrected).toFixed(1)} %; the frozen stencil is still ` +
      `[${trained.parameters.physics.data.join(", ")}]`,
  );
  return { coarse, corrected, physics: [...trained.parameters.physics.data], lossHistory };
}

if (import.meta.main) await main();
