/**
 * The problem of trainax's README in float64: periodic advection and a linear stepper of two taps.
 *
 * @module
 */
import * as random from "../../src/random/mod.ts";
import type { Configuration } from "../../src/tape/configuration.ts";
import type { MemorySchedule } from "../../src/tape/program.ts";
import { F, P, programFor, RESIDUUM } from "../tape/parts.ts";
import { type Bench, type Evaluation, interpret, MSE_TWIN } from "../twins/interpreter.ts";
import { advection, residuumOf, twoTaps } from "./advection_twins.ts";

/** S, the number of trajectories. */
export const S = 20;
/** T, the number of snapshots. */
export const T = 100;
/** N, the number of points. */
export const N = 30;
const CFL = -0.75;
const NUM_MODES = 5;

const REFERENCE = advection(N, CFL);
const FUNCTIONS: Bench["functions"] = new Map([
  [F, twoTaps(N)],
  [P, REFERENCE],
  [RESIDUUM, residuumOf(REFERENCE)],
]);

/**
 * The trajectories [S, T, N] as rows: sums of sines and cosines with the amplitudes of the original threefry layout,
 * moved by CFL points in a step.
 */
export const DATA: readonly Float64Array[] = random.split(random.key(0, { partitionable: false }), S)
  .flatMap((sample) => {
    const [sine, cosine] = random.split(sample, 3);
    const bounds = { minval: -1, maxval: 1 };
    const a = random.uniform(sine, [NUM_MODES], bounds).data;
    const b = random.uniform(cosine, [NUM_MODES], bounds).data;
    return Array.from({ length: T }, (_, t) =>
      Float64Array.from({ length: N }, (_, n) => {
        let u = 0;
        for (let m = 1; m <= NUM_MODES; m++) {
          const x = 2 * Math.PI * m * (n - CFL * t) / N;
          u += a[m - 1]! * Math.sin(x) + b[m - 1]! * Math.cos(x);
        }
        return u;
      }));
  });

/** A batch of windows, each a row of `DATA` at which it starts, for the interpreter. */
export function benchOf(starts: readonly number[], parameters: Float64Array): Bench {
  return {
    functions: FUNCTIONS,
    losses: { mse: MSE_TWIN },
    parameters,
    batch: starts.length,
    snapshot(t) {
      const state = new Float64Array(starts.length * N);
      starts.forEach((row, b) => state.set(DATA[row + t]!, b * N));
      return state;
    },
  };
}

/** Eight windows, and parameters away from zero and from the solution. */
export const SOME_WINDOWS: readonly number[] = [0, 40, 137, 410, 777, 1203, 1590, 1902];

/** Parameters away from zero and from the solution. */
export const SOME_WEIGHTS: Float64Array = Float64Array.of(0.4, 0.5);

/** Loss and gradient of a configuration. */
export function evaluate(
  configuration: Configuration,
  memory: MemorySchedule = "store",
  bench: Bench = benchOf(SOME_WINDOWS, SOME_WEIGHTS),
): Evaluation {
  return interpret(programFor(configuration, memory), bench);
}
