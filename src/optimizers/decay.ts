/**
 * Weight decay.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_ADD_DECAYED_WEIGHTS } from "../../shaders/bundle.ts";
import { checkOptions } from "../options.ts";
import { type Mask, maskName, maskSchema } from "./mask.ts";
import type { Transform } from "./optimizer.ts";
import { rateFaults, rateName, scheduleOf } from "./rate.ts";
import { describe, type Schedule } from "./schedule.ts";

/** Options of {@linkcode addDecayedWeights}. */
export interface AddDecayedWeightsOptions {
  /** Which parameters decay; default all. Frozen ones never do. */
  readonly mask?: Mask;
}

/** The transform, unchecked. */
export function decayTransform(weightDecay: number | Schedule, mask: Mask | undefined): Transform {
  const schedule = scheduleOf(weightDecay);
  return {
    name: "add_decayed_weights",
    description: describe("addDecayedWeights", { mask: maskName(mask) }, rateName(weightDecay)),
    wgsl: OPTIMIZERS_ADD_DECAYED_WEIGHTS,
    constants: {},
    moments: [],
    scalars: { weightDecay: schedule },
    mask: typeof mask === "function" || mask === undefined ? mask : [...mask],
  };
}

/**
 * Adds a part of each parameter (optax: `add_decayed_weights`).
 *
 * @param weightDecay the part, a finite number >= 0, or a schedule
 * @param options `mask`
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example Gradient descent on the loss plus 0.005 times the squares of the weights of the first layer
 * ```ts
 * import { addDecayedWeights, chain, sgd } from "@unroll/unroll";
 *
 * const optimizer = chain(addDecayedWeights(1e-2, { mask: ["layers.0.weight"] }), sgd(0.1));
 * ```
 */
export function addDecayedWeights(
  weightDecay: number | Schedule,
  options: AddDecayedWeightsOptions = {},
): Transform {
  const faults = rateFaults("weightDecay", weightDecay);
  checkOptions("create addDecayedWeights", { mask: z.optional(maskSchema()) }, options, faults);
  return decayTransform(weightDecay, options.mask);
}
