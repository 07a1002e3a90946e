/**
 * Trajectories of the advection equation.
 *
 * @module
 */
import * as z from "zod";
import { NdArray } from "../../ndarray.ts";
import { checkOptions, finite, integer } from "../../options.ts";
import { type Key, split } from "../../random/key.ts";
import { keyOption } from "../../random/key_option.ts";
import { uniformOf } from "../../random/uniform.ts";

/** Options of {@linkcode advection1dPeriodic}. */
export interface Advection1dPeriodicOptions {
  /** N, the number of grid points, an integer >= 3. Default: 30. */
  readonly numPoints?: number;
  /** S, the number of trajectories, an integer >= 1. Default: 20. */
  readonly numSamples?: number;
  /** By how many grid points the state moves to the right in a step (Courant-Friedrichs-Lewy). Default: 0.75. */
  readonly cfl?: number;
  /** The highest Fourier mode of the initial states, an integer >= 1 and < N / 2. Default: 5. */
  readonly highestInitMode?: number;
  /** T, the number of snapshots including the initial state, an integer >= 1. Default: 100. */
  readonly temporalHorizon?: number;
  /** Where the random numbers start. */
  readonly key: Key;
}

const OPTIONS = {
  numPoints: z.optional(integer(3)),
  numSamples: z.optional(integer(1)),
  cfl: z.optional(finite()),
  highestInitMode: z.optional(integer(1)),
  temporalHorizon: z.optional(integer(1)),
  key: keyOption(),
};

/**
 * Trajectories of the advection equation on a periodic domain, as `trainax.sample_data.advection_1d_periodic`.
 *
 * An initial state is a sum of sines and cosines, and a step moves it by cfl grid points:
 *
 *     u[s, t, 0, n] = sum_m a[s, m] sin(m x) + b[s, m] cos(m x),  x = 2 pi (n - cfl t) / N,  m = 1 .. highestInitMode
 *
 * The amplitudes a, b are uniform in [-1, 1) and have trainax's bits for the same key. The sum is exact in space
 * and time and taken in float64; trainax steps in float32 and drifts from it by up to 4e-5 in 100 steps.
 *
 * @param options sizes and key
 * @returns the trajectories, [S, T, 1, N]; with the defaults [20, 100, 1, 30]
 * @throws {OptionsError} when an option is missing, unknown or out of range
 *
 * @example
 * ```ts
 * import { random, sampleData } from "@unroll/unroll";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const data = sampleData.advection1dPeriodic({ cfl: 1, key: random.key(0) });
 * assertEquals(data.shape, [20, 100, 1, 30]);
 * // One step at cfl 1 moves the state by one point.
 * assertAlmostEquals(data.at(0, 1, 0, 8), data.at(0, 0, 0, 7), 1e-6);
 * ```
 */
export function advection1dPeriodic(options: Advection1dPeriodicOptions): NdArray {
  const { numPoints = 30, numSamples = 20, cfl = 0.75, highestInitMode = 5, temporalHorizon = 100 } = options;
  const unresolved = {
    path: "highestInitMode",
    rule: `an integer < numPoints / 2 (numPoints=${numPoints})`,
    value: highestInitMode,
  };
  const faults = highestInitMode >= numPoints / 2 ? [unresolved] : [];
  checkOptions("create advection1dPeriodic", OPTIONS, options, faults);
  const sineTable = Float64Array.from({ length: numPoints }, (_, n) => Math.sin(2 * Math.PI * n / numPoints));
  const cosineTable = Float64Array.from(
    { length: numPoints },
    (_, n) => Math.cos(2 * Math.PI * n / numPoints),
  );
  const data = NdArray.zeros([numSamples, temporalHorizon, 1, numPoints]);
  split(options.key, numSamples).forEach((sampleKey, s) => {
    const [sineKey, cosineKey] = split(sampleKey, 3);
    const a = uniformOf(sineKey, highestInitMode, -1, 1);
    const b = uniformOf(cosineKey, highestInitMode, -1, 1);
    for (let t = 0; t < temporalHorizon; t++) {
      const state = new Float64Array(numPoints);
      for (let m = 1; m <= highestInitMode; m++) {
        // Whole turns are dropped while they are still numbers of points, so that large m t keeps its digits.
        const turned = 2 * Math.PI * ((m * cfl * t) % numPoints) / numPoints;
        const sine = a[m - 1]! * Math.cos(turned) + b[m - 1]! * Math.sin(turned);
        const cosine = b[m - 1]! * Math.cos(turned) - a[m - 1]! * Math.sin(turned);
        for (let n = 0; n < numPoints; n++) {
          const at = (m * n) % numPoints;
          state[n]! += sine * sineTable[at]! + cosine * cosineTable[at]!;
        }
      }
      data.data.set(state, (s * temporalHorizon + t) * numPoints);
    }
  });
  return data;
}
