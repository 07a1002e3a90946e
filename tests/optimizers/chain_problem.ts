/**
 * A stepper with three leaves whose gradients are prescribed, trained through a trainer.
 *
 * @module
 */
import {
  defineOp,
  defineStepper,
  GeneralTrainer,
  NdArray,
  type Optimizer,
  PermutationMixer,
  random,
  stack,
  type Stepper,
  Supervised,
} from "../../mod.ts";
import { defineLoss } from "../../src/losses/define_loss.ts";
import { numbers } from "../ops/use.ts";
import { gpu } from "../ops/device.ts";

/** The parameters: `head.a`, `head.b` and `tail`, one after another. */
export type Parameters = {
  readonly head: { readonly a: NdArray; readonly b: NdArray };
  readonly tail: NdArray;
};

/** How long the leaves are. */
export type Sizes = readonly [a: number, b: number, tail: number];

/** v = w u, element by element, w being three leaves one after another. */
const product = defineOp({
  name: "product",
  inputs: ["u", "a", "b", "tail"],
  wgsl: `
    import super::io::{A, B, u, a, b, tail, setV, vBar, setUBar, setABar, setBBar, setTailBar};
    fn weight(i: u32) -> f32 {
      if (i < A) { return a(i); }
      if (i < A + B) { return b(i - A); }
      return tail(i - A - B);
    }
    fn forward(i: u32) { setV(i, weight(i) * u(i)); }
    fn adjointU(i: u32) { setUBar(i, weight(i) * vBar(i)); }
    fn adjointA(i: u32) { setABar(i, u(i) * vBar(i)); }
    fn adjointB(i: u32) { setBBar(i, u(A + i) * vBar(A + i)); }
    fn adjointTail(i: u32) { setTailBar(i, u(A + B + i) * vBar(A + B + i)); }
  `,
  shape: ({ u }) => u,
  constants: ({ a, b }) => ({ A: a[0]!, B: b[0]! }),
});

/** l = sum_i p[i]; the target is without effect. */
const sum = defineOp({
  name: "sum",
  inputs: ["p"],
  wgsl: `
    import super::io::{p, vBar, setPBar};
    fn forward(i: u32, j: u32) -> f32 { return p(j); }
    fn adjointP(i: u32) { setPBar(i, vBar(0u)); }
  `,
  shape: () => [1],
  summands: ({ p }) => ({ forward: p[0]! }),
});

const LOSS = defineLoss({ name: "sum", batchReduction: "sum", forward: (p) => sum({ p }) });
const KEY = random.key(1);

/** A stepper with these numbers. */
export function stepperOf(
  sizes: Sizes,
  flat: Float32Array,
  frozen: readonly string[] = [],
): Stepper<Parameters> {
  const [a, b] = sizes;
  const leaf = (from: number, to: number) => new NdArray(flat.slice(from, to));
  return defineStepper<Parameters>({
    name: "linear",
    parameters: { head: { a: leaf(0, a), b: leaf(a, a + b) }, tail: leaf(a + b, flat.length) },
    frozen,
    forward: (u, { head, tail }) => product({ u, a: head.a, b: head.b, tail }),
  });
}

/** The numbers of a stepper. */
export function flatOf({ parameters: { head, tail } }: Stepper<Parameters>): Float32Array {
  return Float32Array.from([...head.a.data, ...head.b.data, ...tail.data]);
}

/** Random parameters and gradients. */
export function drawProblem(sizes: Sizes, numUpdates: number, seed = 3) {
  const random = numbers(seed);
  const size = sizes[0] + sizes[1] + sizes[2];
  const draw = () => Float32Array.from({ length: size }, random);
  return { start: draw(), gradients: Array.from({ length: numUpdates }, draw) };
}

/** A trainer whose update i has the i-th gradient: that of the sample that its batch has. */
export function trainerOf(optimizer: Optimizer, gradients: readonly Float32Array[]): GeneralTrainer {
  const numUpdates = gradients.length;
  const size = gradients[0]!.length;
  const mixer = new PermutationMixer({
    numTotalSamples: numUpdates,
    numMinibatches: numUpdates,
    batchSize: 1,
    key: KEY,
  });
  const data = NdArray.zeros([numUpdates, 2, size]);
  gradients.forEach((gradient, i) => data.data.set(gradient, 2 * size * mixer.batch(i)[0]!));
  return new GeneralTrainer(gpu, data, {
    configuration: new Supervised({ timeLevelLoss: LOSS }),
    optimizer,
    numTrainingSteps: numUpdates,
    batchSize: 1,
  });
}

/** The parameters after all updates. */
export async function train(
  optimizer: Optimizer,
  stepper: Stepper<Parameters>,
  gradients: readonly Float32Array[],
): Promise<Float32Array> {
  return flatOf((await trainerOf(optimizer, gradients).train(stepper, { key: KEY })).stepper);
}

/** The parameters of each member after all updates. */
export async function trainMembers(
  optimizers: readonly Optimizer[],
  steppers: readonly Stepper<Parameters>[],
  gradients: readonly Float32Array[],
): Promise<Float32Array[]> {
  const keys = steppers.map(() => KEY);
  const trainer = trainerOf(optimizers[0]!, gradients);
  const states = await trainer.trainEnsemble(stack(steppers), { keys, optimizers });
  return states.map(({ stepper }) => flatOf(stepper));
}
