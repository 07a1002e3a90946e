/**
 * Adam.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_SCALE_BY_ADAM } from "../../shaders/bundle.ts";
import { checkOptions, nonNegative, within } from "../options.ts";
import { learningRateTransform } from "./learning_rate.ts";
import type { Optimizer, Transform } from "./optimizer.ts";
import { rateFaults, rateName } from "./rate.ts";
import { describe, type Schedule } from "./schedule.ts";

/** Options of {@linkcode adam}. */
export interface AdamOptions {
  /** The decay of the first moment, in [0, 1); default 0.9. */
  readonly b1?: number;
  /** The decay of the second moment, in [0, 1); default 0.999. */
  readonly b2?: number;
  /** What is added to the root of the second moment, >= 0; default 1e-8. */
  readonly eps?: number;
  /** What is added to the second moment under its root, >= 0; default 0. */
  readonly epsRoot?: number;
}

/** The schema of {@linkcode AdamOptions}. */
export const ADAM_SCHEMA = {
  b1: z.optional(within(0, 1)),
  b2: z.optional(within(0, 1)),
  eps: z.optional(nonNegative()),
  epsRoot: z.optional(nonNegative()),
};

/** All options, with their defaults. */
export function adamDefaults(options: AdamOptions): Required<AdamOptions> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  return { b1, b2, eps, epsRoot };
}

/** The transform, unchecked. */
export function adamTransform(options: AdamOptions): Transform {
  const all = adamDefaults(options);
  return {
    name: "scale_by_adam",
    description: describe("scaleByAdam", all),
    wgsl: OPTIMIZERS_SCALE_BY_ADAM,
    constants: { B1: all.b1, B2: all.b2, EPS: all.eps, EPS_ROOT: all.epsRoot },
    moments: ["mu", "nu"],
    scalars: {
      firstCorrection: (count) => 1 - all.b1 ** (count + 1),
      secondCorrection: (count) => 1 - all.b2 ** (count + 1),
    },
  };
}

/**
 * The mean of past gradients over the root of the mean of their squares, both without their initial bias (Kingma and
 * Ba, 2015; optax: `scale_by_adam`).
 *
 * @param options decays and epsilons
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { chain, clipByGlobalNorm, scaleByAdam, scaleByLearningRate } from "@unroll/unroll";
 *
 * const optimizer = chain(scaleByAdam({ b2: 0.99 }), clipByGlobalNorm(1), scaleByLearningRate(1e-3));
 * ```
 */
export function scaleByAdam(options: AdamOptions = {}): Transform {
  checkOptions("create scaleByAdam", ADAM_SCHEMA, options);
  return adamTransform(options);
}

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015; optax: `adam`).
 *
 * @param learningRate a finite number >= 0, or a schedule
 * @param options decays and epsilons
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { adam } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(adam(1e-2).transforms.length, 2);
 * ```
 */
export function adam(learningRate: number | Schedule, options: AdamOptions = {}): Optimizer {
  checkOptions("create adam", ADAM_SCHEMA, options, rateFaults("learningRate", learningRate));
  return {
    name: describe("adam", adamDefaults(options), rateName(learningRate)),
    transforms: [adamTransform(options), learningRateTransform(learningRate)],
  };
}
