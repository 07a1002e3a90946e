/**
 * Lion.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_SCALE_BY_LION } from "../../shaders/bundle.ts";
import { checkOptions, within } from "../options.ts";
import { decayTransform } from "./decay.ts";
import { learningRateTransform } from "./learning_rate.ts";
import { type Mask, maskName, maskSchema } from "./mask.ts";
import type { Optimizer, Transform } from "./optimizer.ts";
import { rateFaults, rateName } from "./rate.ts";
import { describe, type Schedule } from "./schedule.ts";

/** Options of {@linkcode scaleByLion}. */
export interface ScaleByLionOptions {
  /** The share of the momentum in the direction, in [0, 1); default 0.9. */
  readonly b1?: number;
  /** The decay of the momentum, in [0, 1); default 0.99. */
  readonly b2?: number;
}

/** Options of {@linkcode lion}. */
export interface LionOptions extends ScaleByLionOptions {
  /** The part of each parameter that is added to its step, >= 0, or a schedule; default 1e-3. */
  readonly weightDecay?: number | Schedule;
  /** Which parameters decay; default all. Frozen ones never do. */
  readonly mask?: Mask;
}

const SCHEMA = { b1: z.optional(within(0, 1)), b2: z.optional(within(0, 1)) };

/** The transform, unchecked. */
function lionTransform({ b1 = 0.9, b2 = 0.99 }: ScaleByLionOptions): Transform {
  return {
    name: "scale_by_lion",
    description: describe("scaleByLion", { b1, b2 }),
    wgsl: OPTIMIZERS_SCALE_BY_LION,
    constants: { B1: b1, B2: b2 },
    moments: ["mu"],
    scalars: {},
  };
}

/**
 * The sign of a mean of gradient and momentum (Chen et al., 2023; optax: `scale_by_lion`).
 *
 * @param options shares
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { chain, scaleByLearningRate, scaleByLion } from "@unroll/unroll";
 *
 * const optimizer = chain(scaleByLion({ b2: 0.98 }), scaleByLearningRate(1e-4));
 * ```
 */
export function scaleByLion(options: ScaleByLionOptions = {}): Transform {
  checkOptions("create scaleByLion", SCHEMA, options);
  return lionTransform(options);
}

/**
 * Lion (Chen et al., "Symbolic discovery of optimization algorithms", 2023; optax: `lion`): steps of the size of the
 * learning rate, which is 3 to 10 times smaller than Adam's. The decay is multiplied with the learning rate.
 *
 * @param learningRate a finite number >= 0, or a schedule
 * @param options shares, the weight decay and whom it concerns
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { lion } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(lion(1e-4).name, "lion(0.0001, b1=0.9, b2=0.99, weightDecay=0.001, mask=all)");
 * ```
 */
export function lion(learningRate: number | Schedule, options: LionOptions = {}): Optimizer {
  const { b1 = 0.9, b2 = 0.99, weightDecay = 1e-3, mask } = options ?? {};
  checkOptions(
    "create lion",
    { ...SCHEMA, weightDecay: z.optional(z.any()), mask: z.optional(maskSchema()) },
    options,
    [...rateFaults("learningRate", learningRate), ...rateFaults("weightDecay", weightDecay)],
  );
  const numbers = { b1, b2, weightDecay: rateName(weightDecay), mask: maskName(mask) };
  return {
    name: describe("lion", numbers, rateName(learningRate)),
    transforms: [
      lionTransform({ b1, b2 }),
      decayTransform(weightDecay, mask),
      learningRateTransform(learningRate),
    ],
  };
}
