/**
 * Places that data may take, each forced by limits of a device.
 *
 * @module
 */
import {
  type Gpu,
  type GpuOptions,
  type NdArray,
  random,
  sampleData,
  SupervisedTrainer,
  type SupervisedTrainerOptions,
  type TrajectoryData,
  type TrajectorySource,
} from "../../mod.ts";
import { saveNpy } from "../../src/files/mod.ts";
import { DECAYING } from "./problem.ts";

/** Trajectories [40, 40, 1, 11], 76800 bytes on the device, where a snapshot has 12 floats. */
export const LARGE: NdArray = sampleData.advection1dPeriodic({
  numPoints: 11,
  numSamples: 40,
  temporalHorizon: 40,
  highestInitMode: 2,
  cfl: -0.75,
  key: random.key(3),
});

/** What a source was asked for. */
export interface Reads {
  /** Reads so far. */
  count: number;
  /** Reads under way. */
  open: number;
  /** The most that were under way at a time. */
  mostOpen: number;
}

/** An array as a source that gives copies, at once or later. */
export function sourceOf(array: NdArray, isAsync: boolean, reads: Reads = newReads()): TrajectorySource {
  const [, T, ...snapshot] = array.shape;
  const size = snapshot.reduce((a, b) => a * b, 1);
  return {
    shape: array.shape,
    read({ sample, start }, numSnapshots) {
      reads.count++;
      reads.mostOpen = Math.max(reads.mostOpen, ++reads.open);
      const from = (sample * T! + start) * size;
      const give = () => {
        reads.open--;
        return array.data.slice(from, from + numSnapshots * size);
      };
      return isAsync ? new Promise((resolve) => queueMicrotask(() => resolve(give()))) : give();
    },
  };
}

/** No reads. */
export function newReads(): Reads {
  return { count: 0, open: 0, mostOpen: 0 };
}

/** Runs something with the path of a file that holds an array. */
export async function withNpy<T>(array: NdArray, run: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    await saveNpy(`${folder}/data.npy`, array);
    return await run(`${folder}/data.npy`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Limits under which {@linkcode LARGE} lies whole, in slabs, or streams, and how `explain` says so. */
export const PLACES: Readonly<Record<"whole" | "slabs" | "streamed", { limits: GpuOptions; says: RegExp }>> =
  {
    whole: { limits: {}, says: /data: 40 trajectories of 40 snapshots lie in one buffer/ },
    slabs: {
      limits: { maxBindingBytes: 50_000 },
      says: /data: 40 trajectories of 40 snapshots lie in 2 slabs on the device, from where \d+ windows/,
    },
    streamed: {
      limits: { maxBytes: 165_000 },
      says: /data: of 40 trajectories of 40 snapshots, \d+ windows at a time are on the device/,
    },
  };

/** A trainer on {@linkcode LARGE}: 1520 windows of 3 snapshots, 33 updates an epoch, the last of them with 16. */
export function largeTrainer(
  gpu: Gpu,
  data: TrajectoryData,
  numTrainingSteps: number,
  options: Partial<SupervisedTrainerOptions> = {},
): SupervisedTrainer {
  return new SupervisedTrainer(gpu, data, {
    numRolloutSteps: 2,
    optimizer: DECAYING,
    batchSize: 47,
    memory: "recompute",
    ...options,
    numTrainingSteps,
    runner: "launches", // its buffers are small, so that limits of the device bite on the data
  });
}
