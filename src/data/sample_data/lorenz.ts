/**
 * Trajectories of the Lorenz system.
 *
 * - E. Lorenz: "Deterministic Nonperiodic Flow", Journal of the Atmospheric Sciences 20, 1963
 *
 * @module
 */
import * as z from "zod";
import { OptionsError } from "../../errors.ts";
import { NdArray } from "../../ndarray.ts";
import { checkOptions, finite, integer, nonNegative, positive } from "../../options.ts";
import type { Key } from "../../random/key.ts";
import { keyOption } from "../../random/key_option.ts";
import { normal } from "../../random/normal.ts";

/** Options of {@linkcode makeLorenzStepperRk4}. */
export interface LorenzStepperRk4Options {
  /** The time step, > 0. Default: 0.01, Lorenz's own. Usual are 0.01 to 0.1. */
  readonly dt?: number;
  /** The Prandtl number. Default: 10. */
  readonly sigma?: number;
  /** The Rayleigh number over its critical value. Default: 28. */
  readonly rho?: number;
  /** The geometric factor. Default: 8 / 3. */
  readonly beta?: number;
}

/** Options of {@linkcode lorenzRk4}. */
export interface LorenzRk4Options extends LorenzStepperRk4Options {
  /** S, the number of trajectories, an integer >= 1. Default: 20. */
  readonly numSamples?: number;
  /** T, the number of snapshots that are kept, an integer >= 1. Default: 1000. */
  readonly temporalHorizon?: number;
  /** How many steps from the initial state are thrown away first, an integer >= 0. Default: 500. */
  readonly numWarmupSteps?: number;
  /** The standard deviation of the initial states, >= 0. Default: 1. */
  readonly initStd?: number;
  /** Where the random numbers start. */
  readonly key: Key;
}

const STEPPER = {
  dt: z.optional(positive()),
  sigma: z.optional(finite()),
  rho: z.optional(finite()),
  beta: z.optional(finite()),
};

const OPTIONS = {
  ...STEPPER,
  numSamples: z.optional(integer(1)),
  temporalHorizon: z.optional(integer(1)),
  numWarmupSteps: z.optional(integer(0)),
  initStd: z.optional(nonNegative()),
  key: keyOption(),
};

/** A state (x, y, z). */
type State = readonly [x: number, y: number, z: number];

/**
 * One step of the Lorenz system by the classical Runge-Kutta scheme of order 4, in float64
 * (trainax: `sample_data.make_lorenz_stepper_rk4`).
 *
 *     dx/dt = sigma (y - x),  dy/dt = x (rho - z) - y,  dz/dt = x y - beta z
 *
 * A function of the host. A reference stepper on the device is written with ops, see `docs/from_trainax.md`.
 *
 * @param options step and parameters
 * @returns a function from a state [3] to the next one, [3]
 * @throws {OptionsError} when an option is unknown or out of range
 *
 * @example
 * ```ts
 * import { sampleData } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const step = sampleData.makeLorenzStepperRk4({ dt: 0.05 });
 * assertEquals([...step([0, 0, 0])], [0, 0, 0]);
 * ```
 */
export function makeLorenzStepperRk4(
  options: LorenzStepperRk4Options = {},
): (state: ArrayLike<number>) => Float64Array<ArrayBuffer> {
  checkOptions("create makeLorenzStepperRk4", STEPPER, options);
  const step = stepOf(options);
  return ({ 0: x, 1: y, 2: z }) => Float64Array.from(step([x ?? NaN, y ?? NaN, z ?? NaN]));
}

/**
 * Trajectories of the Lorenz system, as `trainax.sample_data.lorenz_rk4`.
 *
 * The initial states are normal with mean 0 and standard deviation initStd, with trainax's bits for the same key.
 * Steps are those of {@linkcode makeLorenzStepperRk4}, and every snapshot is rounded to float32 once, when it is
 * kept. trainax steps in float32, with a rounding error in each step. The system is chaotic, so the two drift apart:
 * with the default parameters and 20 samples they are within 2e-4 for 1000 steps from the initial states and within
 * 0.06 for 1500, and have nothing in common after 2000, save statistics.
 *
 * @param options sizes, parameters and key
 * @returns the trajectories, [S, T, 3]; with the defaults [20, 1000, 3]
 * @throws {OptionsError} when an option is missing, unknown or out of range, or dt so large that states overflow
 *
 * @example
 * ```ts
 * import { random, sampleData } from "@unroll/unroll";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const data = sampleData.lorenzRk4({ numSamples: 9, dt: 0.05, key: random.key(0) });
 * assertEquals(data.shape, [9, 1000, 3]);
 * assert(data.data.every((x) => Math.abs(x) < 50)); // on the attractor
 * ```
 */
export function lorenzRk4(options: LorenzRk4Options): NdArray {
  checkOptions("create lorenzRk4", OPTIONS, options);
  const { numSamples = 20, temporalHorizon = 1000, numWarmupSteps = 500, initStd = 1, key } = options;
  const step = stepOf(options);
  // As jax does: a product of two float32 numbers, rounded once.
  const initial = normal(key, [numSamples, 3]).data.map((x) => x * Math.fround(initStd));
  const data = NdArray.zeros([numSamples, temporalHorizon, 3]);
  for (let s = 0; s < numSamples; s++) {
    let state: State = [initial[3 * s]!, initial[3 * s + 1]!, initial[3 * s + 2]!];
    for (let t = -numWarmupSteps; t < temporalHorizon; t++) {
      if (t >= 0) data.data.set(state, (s * temporalHorizon + t) * 3);
      if (!state.every((x) => Number.isFinite(Math.fround(x)))) {
        const at = `sample ${s} leaves float32 after ${t + numWarmupSteps} steps`;
        throw new OptionsError("create lorenzRk4", [{
          path: "dt",
          rule: `small enough for every state to be finite (${at})`,
          value: options.dt ?? DT,
        }]);
      }
      state = step(state);
    }
  }
  return data;
}

const DT = 0.01;

function stepOf(
  { dt = DT, sigma = 10, rho = 28, beta = 8 / 3 }: LorenzStepperRk4Options,
): (u: State) => State {
  const rate = ([x, y, z]: State): State => [sigma * (y - x), x * (rho - z) - y, x * y - beta * z];
  const add = (u: State, h: number, k: State): State => [u[0] + h * k[0], u[1] + h * k[1], u[2] + h * k[2]];
  return (u) => {
    const k1 = rate(u);
    const k2 = rate(add(u, dt / 2, k1));
    const k3 = rate(add(u, dt / 2, k2));
    const k4 = rate(add(u, dt, k3));
    return add(
      u,
      dt / 6,
      [0, 1, 2].map((i) => k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!) as unknown as State,
    );
  };
}
