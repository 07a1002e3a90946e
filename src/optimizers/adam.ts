/**
 * Adam.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_SCALE_BY_ADAM } from "../../shaders/bundle.ts";
import { checkOptions, nonNegative, within } from "../options.ts";
import { type Optimizer, rateName, scaleByLearningRate, scheduleOf } from "./optimizer.ts";
import type { Schedule } from "./schedules.ts";

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
  checkOptions("create adam", {
    b1: z.optional(within(0, 1)),
    b2: z.optional(within(0, 1)),
    eps: z.optional(nonNegative()),
    epsRoot: z.optional(nonNegative()),
  }, options);
  const schedule = scheduleOf("adam", learningRate);
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  return {
    name: `adam(${rateName(learningRate)}, b1=${b1}, b2=${b2}, eps=${eps}, epsRoot=${epsRoot})`,
    transforms: [{
      name: "scale_by_adam",
      wgsl: OPTIMIZERS_SCALE_BY_ADAM,
      constants: { B1: b1, B2: b2, EPS: eps, EPS_ROOT: epsRoot },
      moments: ["mu", "nu"],
      scalars: {
        firstCorrection: (count) => 1 - b1 ** (count + 1),
        secondCorrection: (count) => 1 - b2 ** (count + 1),
      },
    }, scaleByLearningRate(schedule)],
  };
}
