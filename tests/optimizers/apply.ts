/**
 * Runs an optimizer on prescribed gradients, through a trainer.
 *
 * @module
 */
import {
  callbacks,
  defineOp,
  defineStepper,
  GeneralTrainer,
  type Loss,
  NdArray,
  type Optimizer,
  PermutationMixer,
  random,
  type Stepper,
  Supervised,
  type Var,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";

/** v = w u, element by element. */
const product = defineOp({
  name: "product",
  inputs: ["u", "w"],
  wgsl: `
    import super::io::{u, w, setV, vBar, setUBar, setWBar};
    fn forward(i: u32) { setV(i, w(i) * u(i)); }
    fn adjointU(i: u32) { setUBar(i, w(i) * vBar(i)); }
    fn adjointW(i: u32) { setWBar(i, u(i) * vBar(i)); }
  `,
  shape: ({ u }) => u,
});

/** l = sum_i p[i]; the target is without effect. */
const sum = defineOp({
  name: "sum",
  inputs: ["p"],
  wgsl: `
    import super::io::{SIZE, p, vBar, setPBar};
    fn forward(i: u32, j: u32) -> f32 { return p(j); }
    fn adjointP(i: u32) { setPBar(i, vBar(0u)); }
  `,
  shape: () => [1],
  constants: ({ p }) => ({ SIZE: p[0]! }),
  summands: ({ p }) => ({ forward: p[0]! }),
});
const LOSS: Loss = { name: "sum", batchReduction: "sum", forward: (p: Var) => sum({ p }) };
const KEY = random.key(1);

/** What an optimizer is applied to. */
export interface Apply {
  readonly optimizer: Optimizer;
  /** The parameters at the start, [P]. */
  readonly parameters: ArrayLike<number>;
  /** Their gradient at each update, [updates][P]. */
  readonly gradients: readonly ArrayLike<number>[];
}

/** What it leaves. */
export interface Applied {
  /** The parameters after each update, [updates][P]. */
  readonly after: readonly Float32Array[];
  /** The moments after the last by name, [P] each. */
  readonly moments: Readonly<Record<string, Float32Array>>;
}

/** The stepper whose parameters are optimized: its loss is linear in them. */
export function stepperOf(parameters: ArrayLike<number>): Stepper<{ readonly w: NdArray }> {
  return defineStepper<{ readonly w: NdArray }>({
    name: "linear",
    parameters: { w: new NdArray(Float32Array.from(parameters)) },
    forward: (u, { w }) => product({ u, w }),
  });
}

/** A trainer in which update i has the i-th gradient: that of the sample which its batch has. */
export function trainerOf(optimizer: Optimizer, gradients: readonly ArrayLike<number>[]): GeneralTrainer {
  const numUpdates = gradients.length;
  const size = gradients[0]!.length;
  const mixer = new PermutationMixer({
    numTotalSamples: numUpdates,
    numMinibatches: numUpdates,
    batchSize: 1,
    key: KEY,
  });
  const data = NdArray.zeros([numUpdates, 2, size]);
  gradients.forEach((gradient, i) =>
    data.data.set(Float32Array.from(gradient), 2 * size * mixer.batch(i)[0]!)
  );
  return new GeneralTrainer(gpu, data, {
    configuration: new Supervised({ timeLevelLoss: LOSS }),
    optimizer,
    numTrainingSteps: numUpdates,
    batchSize: 1,
  });
}

/** Applies an optimizer to each gradient in turn. */
export async function apply({ optimizer, parameters, gradients }: Apply): Promise<Applied> {
  const network = new callbacks.GetNetwork({ every: 1 });
  const { stepper, moments } = await trainerOf(optimizer, gradients).train(stepperOf(parameters), {
    key: KEY,
    callbacks: [network],
  });
  const seen = network.history.map(({ value }) => (value.parameters as { w: NdArray }).w.data);
  return {
    after: [...seen.slice(1), stepper.parameters.w.data],
    moments: Object.fromEntries(Object.entries(moments).map(([name, { w }]) => [name, w.data])),
  };
}
