/**
 * The six configurations of trainax, each training the same stencil of two points to advect by 0.75 grid points a step.
 *
 * What each compares with what, and what it needs beside the stepper: data, a reference stepper P, or a residuum r.
 * Where P or r says what is right, the stencil becomes P's own, [0.25, 0.75], to the last digits; where the exact data
 * do, it becomes the one that errs least over the steps of the rollout.
 *
 *     deno run examples/configurations.ts
 *
 * @module
 */
import {
  adam,
  Composite,
  constant,
  DivertedChainBranchOneTrainer,
  DivertedChainTrainer,
  GeneralTrainer,
  Gpu,
  MixChainPostPhysicsTrainer,
  NdArray,
  ops,
  random,
  Residuum,
  ResiduumTrainer,
  sampleData,
  steppers,
  Supervised,
  SupervisedTrainer,
  type Var,
} from "@unroll/unroll";

/** The first-order upwind scheme, u'[n] = 0.25 u[n] + 0.75 u[n + 1]: the physics P. */
const UPWIND = new NdArray([0.25, 0.75], [1, 1, 2]);
const refStepper = (u: Var): Var => ops.conv({ u, w: constant(UPWIND) });

/** r(next, previous) = next - P(previous), which is 0 for a right step. */
const residuum = (next: Var, previous: Var): Var => ops.sub({ a: next, b: refStepper(previous) });

/** What came of a configuration. */
export interface Outcome {
  /** The trained stencil. */
  readonly weights: readonly [number, number];
  /** Its distance from the upwind scheme. */
  readonly distance: number;
  /** The loss before each update. */
  readonly lossHistory: Float32Array;
}

/** Trains with each configuration; returns what came of it, by its name. */
export async function main(
  { numUpdates = 1000, print = console.log }: { numUpdates?: number; print?: (line: string) => void } = {},
): Promise<Record<string, Outcome>> {
  await using gpu = await Gpu.request();
  const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) }); // [20, 100, 1, 30]
  const stepper = steppers.conv({
    spatialDims: 1,
    inChannels: 1,
    outChannels: 1,
    kernelSize: 2,
    useBias: false,
    key: random.key(73),
  });
  const common = { numRolloutSteps: 3, optimizer: adam(1e-2), numTrainingSteps: numUpdates, batchSize: 32 };
  const { numRolloutSteps, ...general } = common;
  const trainers = {
    // Three steps f(f(f(u))), each compared with the data.
    Supervised: new SupervisedTrainer(gpu, data, common),
    // From u and f(u), branches of two steps: f(f(.)) compared with P(P(.)) from the same state.
    DivertedChain: new DivertedChainTrainer(gpu, data, { ...common, refStepper, numBranchSteps: 2 }),
    // From u, f(u) and f(f(u)), one step of f compared with one of P.
    DivertedChainBranchOne: new DivertedChainBranchOneTrainer(gpu, data, { ...common, refStepper }),
    // P(f(f(f(u)))): a step of physics behind three of the stepper, all compared with the data.
    MixChainPostPhysics: new MixChainPostPhysicsTrainer(gpu, data, {
      ...common,
      refStepper,
      numPostPhysicsSteps: 1,
    }),
    // The residuum of each of three steps, compared with 0.
    Residuum: new ResiduumTrainer(gpu, data, { ...common, residuum }),
    // A weighted sum of configurations has no trainer of its own; the general one takes any.
    Composite: new GeneralTrainer(gpu, data, {
      ...general,
      residuum,
      configuration: new Composite(
        [new Supervised({ numRolloutSteps }), new Residuum({ numRolloutSteps })],
        [1, 0.1],
      ),
    }),
  };
  const outcomes: Record<string, Outcome> = {};
  for (const [name, trainer] of Object.entries(trainers)) {
    const { stepper: trained, lossHistory } = await trainer.train(stepper, { key: random.key(42) });
    const [here, next] = trained.parameters.weight.data as unknown as [number, number];
    outcomes[name] = {
      weights: [here, next],
      distance: Math.hypot(here - UPWIND.data[0]!, next - UPWIND.data[1]!),
      lossHistory,
    };
    print(`${name}: ${describe(outcomes[name])}`);
  }
  return outcomes;
}

/** An outcome in a sentence. */
function describe({ weights: [here, next], distance, lossHistory }: Outcome): string {
  const [first, last] = [lossHistory[0]!, lossHistory.at(-1)!];
  return `${lossHistory.length} updates took the loss from ${first.toPrecision(3)} to ${
    last.toPrecision(3)
  }, ` +
    `the stencil is [${here.toFixed(4)}, ${next.toFixed(4)}], ${distance.toExponential(1)} from upwind`;
}

if (import.meta.main) await main();
