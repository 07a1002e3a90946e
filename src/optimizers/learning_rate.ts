/**
 * The step against the gradient.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_SCALE_BY_LEARNING_RATE } from "../../shaders/bundle.ts";
import { checkOptions, flag } from "../options.ts";
import type { Transform } from "./optimizer.ts";
import { rateFaults, rateName, scheduleOf } from "./rate.ts";
import { describe, type Schedule } from "./schedule.ts";

/** Options of {@linkcode scaleByLearningRate}. */
export interface ScaleByLearningRateOptions {
  /** Whether the step goes against what it is given; default true. */
  readonly flipSign?: boolean;
}

/**
 * -learningRate times what it is given, the last transform of a chain (optax: `scale_by_learning_rate`).
 *
 * @param learningRate a finite number >= 0, or a schedule
 * @param options `flipSign`
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { chain, scaleByAdam, scaleByLearningRate } from "@unroll/unroll";
 *
 * const optimizer = chain(scaleByAdam(), scaleByLearningRate(1e-3)); // adam(1e-3)
 * ```
 */
export function scaleByLearningRate(
  learningRate: number | Schedule,
  options: ScaleByLearningRateOptions = {},
): Transform {
  const faults = rateFaults("learningRate", learningRate);
  checkOptions("create scaleByLearningRate", { flipSign: z.optional(flag()) }, options, faults);
  return learningRateTransform(learningRate, options);
}

/** The transform, unchecked. */
export function learningRateTransform(
  learningRate: number | Schedule,
  { flipSign = true }: ScaleByLearningRateOptions = {},
): Transform {
  const schedule = scheduleOf(learningRate);
  return {
    name: "scale_by_learning_rate",
    description: describe("scaleByLearningRate", { flipSign }, rateName(learningRate)),
    wgsl: OPTIMIZERS_SCALE_BY_LEARNING_RATE,
    constants: { SIGN: flipSign ? -1 : 1 },
    moments: [],
    scalars: { learningRate: schedule },
  };
}
