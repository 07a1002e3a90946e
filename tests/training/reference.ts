/**
 * The problem of trainax's README on the device: its data, stepper, reference stepper and residuum.
 *
 * @module
 */
import {
  constant,
  defineStepper,
  type GeneralTrainerOptions,
  NdArray,
  ops,
  random,
  sampleData,
  steppers,
  type Tree,
  type Var,
  type Window,
} from "../../mod.ts";
import { batchesFor, CONFIGURATIONS } from "../configurations/reference.ts";
import { N, T } from "../configurations/problem.ts";

/** Points that a step moves the state to the right. */
const CFL = -0.75;
/** The layout of the random numbers before JAX 0.5, with which the README was made. */
const ORIGINAL = { partitionable: false };

/** The trajectories, [20, 100, 1, 30]. */
export const DATA: NdArray = sampleData.advection1dPeriodic({ cfl: CFL, key: random.key(0, ORIGINAL) });

/** The stepper of two taps, untrained. */
export const STEPPER = steppers.conv({
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  kernelSize: 2,
  useBias: false,
  key: random.key(73, ORIGINAL),
});

/** The key of the shuffling. */
export const KEY = random.key(42, ORIGINAL);

/**
 * The exact step as a periodic convolution with as many taps as there are points: tap k reads the point n + k - PAD,
 * so it holds the band-limited unit pulse (the Dirichlet kernel without the mode N / 2) at k - PAD + CFL.
 */
const SHIFT = new NdArray(
  Array.from({ length: N }, (_, k) => {
    const distance = k - Math.floor((N - 1) / 2) + CFL;
    let sum = 1;
    for (let m = 1; m < N / 2; m++) sum += 2 * Math.cos(2 * Math.PI * m * distance / N);
    return sum / N;
  }),
  [1, 1, N],
);

/** P, the exact step. */
export const refStepper = (u: Var): Var => ops.conv({ u, w: constant(SHIFT) });

/** P as a stepper with parameters of its own, which are not trained. */
export const REFERENCE_STEPPER = defineStepper<Tree<NdArray>>({
  name: "exact advection",
  parameters: { shift: SHIFT },
  forward: (u, p) => ops.conv({ u, w: (p as { shift: Var }).shift }),
});

/** r(next, previous) = next - P(previous). */
export const residuum = (next: Var, previous: Var): Var => ops.sub({ a: next, b: refStepper(previous) });

/** The names of the entries. */
export const NAMES: readonly string[] = Object.keys(CONFIGURATIONS);

/** The snapshots of a window as trainax has it: R + 1, also where a configuration reads fewer. */
export function subTrajectoryLenOf(name: string): number {
  return name === "sup1" ? 2 : 6;
}

/** The windows of the first batch. */
export function firstBatchOf(name: string): Window[] {
  return batchesFor(name).batch(0).map((row) => ({ sample: Math.floor(row / T), start: row % T }));
}

/** What the general trainer takes for an entry, apart from the optimizer and the number of updates. */
export function trainerOptionsOf(
  name: string,
): Pick<
  GeneralTrainerOptions,
  "configuration" | "refStepper" | "residuum" | "batchSize" | "subTrajectoryLen"
> {
  return {
    configuration: CONFIGURATIONS[name]!,
    refStepper,
    residuum,
    batchSize: 32,
    subTrajectoryLen: subTrajectoryLenOf(name),
  };
}
