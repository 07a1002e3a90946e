/**
 * One lesson of the demo: a two-point stencil learns advection through R unrolled steps. The set-up, the keys and so
 * the numbers are those of the README of trainax.
 *
 * @module
 */
import {
  adam,
  type Gpu,
  type Key,
  NdArray,
  type Progress,
  random,
  rollout,
  sampleData,
  steppers,
  SupervisedTrainer,
} from "@unroll/unroll";

/** By how many grid points the state moves to the right in a step. */
const CFL = -0.75;

/** The first-order upwind stencil for this CFL number, [u[n], u[n + 1]]. */
const UPWIND: readonly [number, number] = [1 + CFL, -CFL];

/** Keys as JAX had them before 0.5: trainax printed its numbers then. `random.key(seed)` alone is today's JAX. */
const key = (seed: number): Key => random.key(seed, { partitionable: false });

/** The key of an initial state that no lesson trains on. */
const UNSEEN_SEED = 1;

/** What came of a lesson. */
export interface Lesson {
  /** R, through how many steps the gradient flowed. */
  readonly numRolloutSteps: number;
  /** The trained stencil, read from the device. */
  readonly weights: readonly [number, number];
  /** Its Euclidean distance from the upwind stencil. */
  readonly distance: number;
  /** For each update the loss of its batch, summed over the R time levels. */
  readonly lossHistory: Float32Array;
  /** The states that the trained stencil gives from the initial state of {@linkcode unseenTruth}, [1, T, 1, N]. */
  readonly prediction: NdArray;
  /** How long `train` took, compiling, uploading and reading back included. */
  readonly trainSeconds: number;
}

/** How a lesson is held. */
export interface LessonOptions {
  /** R, an integer >= 1. */
  readonly numRolloutSteps: number;
  /** How many updates are done. */
  readonly numUpdates: number;
  /** Called now and then while it trains. */
  readonly onProgress: (progress: Progress) => void;
}

/**
 * The exact solution from an initial state that no lesson has seen, [1, numSteps + 1, 1, N].
 *
 * @param numSteps how many steps
 */
export function unseenTruth(numSteps: number): NdArray {
  return sampleData.advection1dPeriodic({
    cfl: CFL,
    numSamples: 1,
    temporalHorizon: numSteps + 1,
    key: key(UNSEEN_SEED),
  });
}

/**
 * Trains the stencil and lets it run on an initial state that it has not seen.
 *
 * @param gpu the device
 * @param truth the exact solution there, [1, T, 1, N]
 * @param options how the lesson is held
 */
export async function holdLesson(gpu: Gpu, truth: NdArray, options: LessonOptions): Promise<Lesson> {
  const { numRolloutSteps, numUpdates, onProgress } = options;
  const data = sampleData.advection1dPeriodic({ cfl: CFL, key: key(0) }); // [20, 100, 1, 30]
  const stepper = steppers.conv({
    spatialDims: 1,
    inChannels: 1,
    outChannels: 1,
    kernelSize: 2,
    useBias: false,
    key: key(73),
  });
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps,
    optimizer: adam(1e-2),
    numTrainingSteps: numUpdates,
    batchSize: 32,
  });
  const start = performance.now();
  const run = await trainer.train(stepper, { key: key(42), onProgress });
  const trainSeconds = (performance.now() - start) / 1000;
  const { weight } = run.stepper.parameters;
  const weights = [weight.at(0, 0, 0), weight.at(0, 0, 1)] as const;
  const [, numStates, numChannels, numPoints] = truth.shape as [number, number, number, number];
  const initial = new NdArray(truth.data.slice(0, numPoints), [1, numChannels, numPoints]);
  return {
    numRolloutSteps,
    weights,
    distance: Math.hypot(...weights.map((w, k) => w - UPWIND[k]!)),
    lossHistory: run.lossHistory,
    prediction: await rollout(gpu, run.stepper, initial, numStates - 1),
    trainSeconds,
  };
}

/**
 * A lesson as the line that the demo prints.
 *
 * @param lesson the lesson
 */
export function lessonLine(
  { numRolloutSteps, distance, weights, lossHistory, trainSeconds }: Lesson,
): string {
  return [
    `R=${numRolloutSteps}`,
    `distance=${distance.toFixed(6)}`,
    `loss=${lossHistory.at(-1)!.toExponential(3)}`,
    `updates/s=${(lossHistory.length / trainSeconds).toFixed(0)}`,
    `seconds=${trainSeconds.toFixed(2)}`,
    `stencil=[${weights.map((w) => w.toFixed(4)).join(", ")}]`,
  ].join(" ");
}
