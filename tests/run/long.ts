/**
 * A rollout of hundreds of steps, whose table has one page for 400 of them and two for 500 or 600.
 *
 * @module
 */
import { NdArray, random, sampleData, steppers } from "../../mod.ts";
import { LINEAR_OPTIONS } from "../training/problem.ts";

/** Advection for 600 steps, [2, 601, 1, 11]. */
export const LONG = sampleData.advection1dPeriodic({
  numPoints: 11,
  numSamples: 2,
  temporalHorizon: 601,
  highestInitMode: 2,
  cfl: -0.75,
  key: random.key(0),
});

/** A stencil of the advection, so that 600 steps neither blow up nor die out. */
export const STENCIL = steppers.conv({ ...LINEAR_OPTIONS, kernelSize: 2, useBias: false })
  .with({ weight: new NdArray([0.2491, 0.7523], [1, 1, 2]) });
