/**
 * Stochastic gradient descent.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_TRACE } from "../../shaders/bundle.ts";
import { checkOptions, flag, within } from "../options.ts";
import { type Optimizer, rateName, scaleByLearningRate, scheduleOf, type Transform } from "./optimizer.ts";
import type { Schedule } from "./schedules.ts";

/** Options of {@linkcode sgd}. */
export interface SgdOptions {
  /** The decay of the momentum, in [0, 1); default: no momentum. */
  readonly momentum?: number;
  /** Whether the momentum looks ahead (Nesterov); default false. Without effect unless `momentum` is given. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum where it is asked for (optax: `sgd`).
 *
 * @param learningRate a finite number >= 0, or a schedule
 * @param options momentum
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { sgd } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sgd(0.1, { momentum: 0.9 }).name, "sgd(0.1, momentum=0.9, nesterov=false)");
 * ```
 */
export function sgd(learningRate: number | Schedule, options: SgdOptions = {}): Optimizer {
  checkOptions("create sgd", { momentum: z.optional(within(0, 1)), nesterov: z.optional(flag()) }, options);
  const schedule = scheduleOf("sgd", learningRate);
  const { momentum, nesterov = false } = options;
  if (momentum === undefined) {
    return { name: `sgd(${rateName(learningRate)})`, transforms: [scaleByLearningRate(schedule)] };
  }
  const trace: Transform = {
    name: "trace",
    wgsl: OPTIMIZERS_TRACE,
    constants: { DECAY: momentum, NESTEROV: nesterov ? 1 : 0 },
    moments: ["momentum"],
    scalars: {},
  };
  return {
    name: `sgd(${rateName(learningRate)}, momentum=${momentum}, nesterov=${nesterov})`,
    transforms: [trace, scaleByLearningRate(schedule)],
  };
}
