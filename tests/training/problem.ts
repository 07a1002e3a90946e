/**
 * A small problem to train on: few windows, so that an epoch is short and ends with a smaller batch.
 *
 * @module
 */
import {
  adam,
  defineStepper,
  type Gpu,
  type NdArray,
  ops,
  type Optimizer,
  random,
  sampleData,
  schedules,
  type Stepper,
  steppers,
  SupervisedTrainer,
  type SupervisedTrainerOptions,
  type TrainingState,
  type Tree,
} from "../../mod.ts";
import { isNdArray, leavesOf } from "../../src/ndarray.ts";

/** Trajectories [3, 8, 1, 11]; a sample is padded to 12 floats on the device. */
export const DATA: NdArray = sampleData.advection1dPeriodic({
  numPoints: 11,
  numSamples: 3,
  temporalHorizon: 8,
  highestInitMode: 2,
  cfl: -0.75,
  key: random.key(0),
});

/** The key of the shuffling. */
export const KEY = random.key(42);

/** The options of {@linkcode LINEAR}. */
export const LINEAR_OPTIONS = {
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  kernelSize: 3,
  key: random.key(73),
} as const;

/** A convolution of three taps with a bias. */
export const LINEAR = steppers.conv(LINEAR_OPTIONS);

/** Parameters of {@linkcode NET}. */
export type NetParameters = {
  readonly lift: { readonly weight: NdArray; readonly bias: NdArray };
  readonly layers: readonly [NdArray, NdArray];
};

/** A stepper with hidden layers: u' = u + w3 tanh(w2 tanh(w1 u + b)). */
export const NET: Stepper<NetParameters> = defineStepper<NetParameters>({
  name: "net",
  parameters: {
    lift: {
      weight: random.uniform(random.key(1), [3, 1, 3], { minval: -0.5, maxval: 0.5 }),
      bias: random.uniform(random.key(2), [3], { minval: -0.5, maxval: 0.5 }),
    },
    layers: [
      random.uniform(random.key(3), [3, 3, 2], { minval: -0.5, maxval: 0.5 }),
      random.uniform(random.key(4), [1, 3, 1], { minval: -0.5, maxval: 0.5 }),
    ],
  },
  forward(u, { lift, layers }) {
    const first = ops.tanh({ u: ops.conv({ u, w: lift.weight, b: lift.bias }) });
    const second = ops.tanh({ u: ops.conv({ u: first, w: layers[0] }) });
    return ops.add({ a: u, b: ops.conv({ u: second, w: layers[1] }) });
  },
});

/** Adam whose learning rate decays, so that an update depends on its number. */
export const DECAYING: Optimizer = adam(
  schedules.exponentialDecay({ initValue: 0.02, transitionSteps: 50, decayRate: 0.5 }),
);

/** A trainer on {@linkcode DATA}: 18 windows of 3 snapshots, batches of 5, the last of an epoch with 3. */
export function trainerOf(
  gpu: Gpu,
  numTrainingSteps: number,
  options: Partial<SupervisedTrainerOptions> = {},
): SupervisedTrainer {
  return new SupervisedTrainer(gpu, DATA, {
    numRolloutSteps: 2,
    optimizer: DECAYING,
    batchSize: 5,
    ...options,
    numTrainingSteps,
  });
}

/** The bits of floats. */
export function bits(x: Float32Array<ArrayBuffer>): number[] {
  return [...new Uint32Array(x.buffer, x.byteOffset, x.length)];
}

/** The bits of all leaves of a tree, by their paths. */
export function treeBits(tree: Tree<NdArray>): Record<string, number[]> {
  return Object.fromEntries(leavesOf(tree, isNdArray).map(({ path, value }) => [path, bits(value.data)]));
}

/** The numbers that a run leaves, as bits. */
export function stateBits<P extends Tree<NdArray>>(
  { update, stepper, moments, lossHistory }: TrainingState<P>,
) {
  return {
    update,
    parameters: treeBits(stepper.parameters),
    moments: Object.fromEntries(Object.entries(moments).map(([name, tree]) => [name, treeBits(tree)])),
    lossHistory: bits(lossHistory),
  };
}

/** A signal that is aborted from some look at it on. */
export function signalAfter(numLooks: number): AbortSignal {
  let looks = 0;
  return Object.defineProperty(new AbortController().signal, "aborted", { get: () => ++looks > numLooks });
}

/** The message with which a promise rejects, after its class. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  return await promise.then(() => "nothing was thrown", (error) => `${error.name}: ${error.message}`);
}

/** The message that a call throws, after its class. */
export function thrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing was thrown";
}
