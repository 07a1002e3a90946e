/**
 * The workloads: data, initial weights and batches, made once by our library and written to a folder, so that every
 * library reads the same bits.
 *
 * @module
 */
import {
  type AnyStepper,
  NdArray,
  PermutationMixer,
  random,
  sampleData,
  steppers,
  type Tree,
} from "../../mod.ts";
import { saveNpy } from "../../src/files/mod.ts";
import { isNdArray, leavesOf } from "../../src/ndarray.ts";

/** How many batches are exported; longer runs of the peers go through them again. */
export const NUM_BATCHES = 20;
const NUM_EPOCH_BATCHES = 1e6;

/** One task for all libraries: a network, trajectories, and how they are trained. */
export interface Workload {
  /** Its short name, for options and files. */
  readonly name: string;
  /** Its name in the tables. */
  readonly title: string;
  /** `chain`: convolutions with relu between them. `residual`: lifting, blocks of two convolutions, projection. */
  readonly architecture: "chain" | "residual";
  /** R. */
  readonly numRolloutSteps: number;
  /** Windows in a batch. */
  readonly batchSize: number;
  /** Adam's. */
  readonly learningRate: number;
  /** Updates in one call of a scan over updates. */
  readonly scanUpdates: number;
  /** The network with its initial weights. */
  readonly stepper: () => AnyStepper;
  /** The trajectories, [S, T, C, ...N]. */
  readonly data: () => NdArray;
}

/** The seed of the shuffling. */
export const SHUFFLE_SEED = 42;

/** What the file `problem.json` of a folder says, beside `data.npy` and `weights.npy`. */
export interface ProblemFile {
  /** See {@linkcode Workload}. */
  readonly name: string;
  /** See {@linkcode Workload}. */
  readonly architecture: Workload["architecture"];
  /** See {@linkcode Workload}. */
  readonly numRolloutSteps: number;
  /** See {@linkcode Workload}. */
  readonly batchSize: number;
  /** See {@linkcode Workload}. */
  readonly learningRate: number;
  /** See {@linkcode Workload}. */
  readonly scanUpdates: number;
  /** See {@linkcode SHUFFLE_SEED}. */
  readonly shuffleSeed: number;
  /** The parameters in the order of `weights.npy`, which holds them one behind the other. */
  readonly leaves: readonly { readonly path: string; readonly shape: readonly number[] }[];
  /** For each batch its windows as (sample, start). */
  readonly batches: readonly (readonly (readonly [sample: number, start: number])[])[];
}

const quickstart = (numRolloutSteps: number): Workload => ({
  name: `quickstart-${numRolloutSteps}`,
  title: `README quickstart, R=${numRolloutSteps}`,
  architecture: "chain",
  numRolloutSteps,
  batchSize: 32,
  learningRate: 1e-2,
  scanUpdates: 1000,
  stepper: () =>
    steppers.conv({
      spatialDims: 1,
      inChannels: 1,
      outChannels: 1,
      kernelSize: 2,
      useBias: false,
      key: random.key(73),
    }),
  data: () => sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) }),
});

const resNet = (numRolloutSteps: number): Workload => ({
  name: `resnet-${numRolloutSteps}`,
  title: `1D ResNet, R=${numRolloutSteps}`,
  architecture: "residual",
  numRolloutSteps,
  batchSize: 20,
  learningRate: 1e-4,
  scanUpdates: NUM_BATCHES,
  stepper: () =>
    steppers.classicResNet({
      spatialDims: 1,
      inChannels: 1,
      outChannels: 1,
      hiddenChannels: 32,
      numBlocks: 4,
      key: random.key(73),
    }),
  data: () => sampleData.advection1dPeriodic({ numPoints: 128, temporalHorizon: 120, key: random.key(0) }),
});

const CONV_NET_2D: Workload = {
  name: "convnet2d-5",
  title: "2D ConvNet, R=5",
  architecture: "chain",
  numRolloutSteps: 5,
  batchSize: 8,
  learningRate: 3e-4,
  scanUpdates: NUM_BATCHES,
  stepper: () =>
    steppers.convNet({
      spatialDims: 2,
      inChannels: 1,
      outChannels: 1,
      hiddenChannels: 16,
      depth: 3,
      key: random.key(73),
    }),
  data: () => advection2d(8, 12, 64),
};

const APEBENCH: Workload = {
  name: "apebench-1",
  title: "APEBench Conv;34;10;relu, R=1",
  architecture: "chain",
  numRolloutSteps: 1,
  batchSize: 20,
  learningRate: 3e-4,
  scanUpdates: NUM_BATCHES,
  stepper: () =>
    steppers.convNet({
      spatialDims: 1,
      inChannels: 1,
      outChannels: 1,
      hiddenChannels: 34,
      depth: 10,
      key: random.key(73),
    }),
  data: () => sampleData.advection1dPeriodic({ numPoints: 160, temporalHorizon: 50, key: random.key(0) }),
};

/** The workloads that are timed, in the order of the tables. */
export const WORKLOADS: readonly Workload[] = [
  quickstart(1),
  quickstart(5),
  quickstart(20),
  resNet(5),
  resNet(20),
  CONV_NET_2D,
  APEBENCH,
];

/** Those whose first update is timed. */
export const FIRST_WORKLOADS: readonly Workload[] = [quickstart(5), quickstart(20), resNet(20), resNet(100)];

/** Trajectories of the advection equation on a periodic square, [S, T, 1, N, N]: a few waves that move along. */
function advection2d(numSamples: number, numSnapshots: number, n: number): NdArray {
  const [numWaves, highestMode] = [6, 3];
  const phases = random.uniform(random.key(0), [numSamples, numWaves, 2], { maxval: 2 * Math.PI });
  const u = NdArray.zeros([numSamples, numSnapshots, 1, n, n]);
  const wave = (mode: number, phase: number, point: number, t: number) =>
    Math.sin(2 * Math.PI * mode * (point - t) / n + phase); // moves by one point a step
  for (let s = 0; s < numSamples; s++) {
    for (let w = 0; w < numWaves; w++) {
      const [modeX, modeY] = [1 + w % highestMode, 1 + Math.floor(w / highestMode)];
      const [phaseX, phaseY] = [phases.at(s, w, 0), phases.at(s, w, 1)];
      for (let t = 0; t < numSnapshots; t++) {
        for (let y = 0; y < n; y++) {
          const alongY = wave(modeY, phaseY, y, t) / numWaves;
          const row = ((s * numSnapshots + t) * n + y) * n;
          for (let x = 0; x < n; x++) u.data[row + x]! += alongY * wave(modeX, phaseX, x, t);
        }
      }
    }
  }
  return u;
}

/** The parameters of a network, in the order of `weights.npy`. */
export function parametersOf(stepper: AnyStepper): { readonly path: string; readonly value: NdArray }[] {
  return leavesOf(stepper.parameters as Tree<NdArray>, isNdArray);
}

/** Writes a workload to a folder. */
export async function writeProblem(workload: Workload, folder: string): Promise<void> {
  const { name, architecture, numRolloutSteps, batchSize, learningRate, scanUpdates } = workload;
  const data = workload.data();
  const [numSamples, numSnapshots] = data.shape as [number, number];
  const numWindows = numSnapshots - numRolloutSteps;
  const mixer = new PermutationMixer({
    numTotalSamples: numSamples * numWindows,
    numMinibatches: NUM_EPOCH_BATCHES,
    batchSize,
    key: random.key(SHUFFLE_SEED),
  });
  const parameters = parametersOf(workload.stepper());
  const problem: ProblemFile = {
    name,
    architecture,
    numRolloutSteps,
    batchSize,
    learningRate,
    scanUpdates,
    shuffleSeed: SHUFFLE_SEED,
    leaves: parameters.map(({ path, value: { shape } }) => ({ path, shape })),
    batches: Array.from(
      { length: NUM_BATCHES },
      (_, i) => Array.from(mixer.batch(i), (w) => [Math.floor(w / numWindows), w % numWindows] as const),
    ),
  };
  await saveNpy(`${folder}/data.npy`, data);
  const flat = parameters.flatMap(({ value }) => [...value.data]);
  await saveNpy(`${folder}/weights.npy`, new NdArray(flat));
  await Deno.writeTextFile(`${folder}/problem.json`, JSON.stringify(problem));
}
