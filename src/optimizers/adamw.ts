/**
 * Adam with decoupled weight decay.
 *
 * @module
 */
import * as z from "zod";
import { checkOptions } from "../options.ts";
import { ADAM_SCHEMA, adamDefaults, type AdamOptions, adamTransform } from "./adam.ts";
import { decayTransform } from "./decay.ts";
import { learningRateTransform } from "./learning_rate.ts";
import { type Mask, maskName, maskSchema } from "./mask.ts";
import type { Optimizer } from "./optimizer.ts";
import { rateFaults, rateName } from "./rate.ts";
import { describe, type Schedule } from "./schedule.ts";

/** Options of {@linkcode adamw}. */
export interface AdamwOptions extends AdamOptions {
  /** The part of each parameter that is added to its step, >= 0, or a schedule; default 1e-4. */
  readonly weightDecay?: number | Schedule;
  /** Which parameters decay; default all. Frozen ones never do. */
  readonly mask?: Mask;
}

/**
 * Adam with weight decay beside its moments (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019;
 * optax: `adamw`). The decay is multiplied with the learning rate, as in optax and PyTorch.
 *
 * @param learningRate a finite number >= 0, or a schedule
 * @param options decays and epsilons, the weight decay and whom it concerns
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example Decay of the kernels, not of the biases
 * ```ts
 * import { adamw } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = adamw(1e-3, { weightDecay: 1e-2, mask: (path) => path.endsWith("weight") });
 * assertEquals(optimizer.transforms.map(({ name }) => name), [
 *   "scale_by_adam", "add_decayed_weights", "scale_by_learning_rate",
 * ]);
 * ```
 */
export function adamw(learningRate: number | Schedule, options: AdamwOptions = {}): Optimizer {
  const { weightDecay = 1e-4, mask } = options ?? {};
  checkOptions(
    "create adamw",
    { ...ADAM_SCHEMA, weightDecay: z.optional(z.any()), mask: z.optional(maskSchema()) },
    options,
    [...rateFaults("learningRate", learningRate), ...rateFaults("weightDecay", weightDecay)],
  );
  const numbers = {
    ...adamDefaults(options),
    weightDecay: rateName(weightDecay),
    mask: maskName(mask),
  };
  return {
    name: describe("adamw", numbers, rateName(learningRate)),
    transforms: [
      adamTransform(options),
      decayTransform(weightDecay, mask),
      learningRateTransform(learningRate),
    ],
  };
}
