/**
 * Stochastic gradient descent.
 *
 * @module
 */
import * as z from "zod";
import { OPTIMIZERS_TRACE } from "../../shaders/bundle.ts";
import { checkOptions, flag, within } from "../options.ts";
import { learningRateTransform } from "./learning_rate.ts";
import type { Optimizer, Transform } from "./optimizer.ts";
import { rateFaults, rateName } from "./rate.ts";
import { describe, type Schedule } from "./schedule.ts";

/** Options of {@linkcode sgd}. */
export interface SgdOptions {
  /** The decay of the momentum, in [0, 1); default: no momentum. */
  readonly momentum?: number;
  /** Whether the momentum looks ahead (Nesterov); default false. Without effect unless `momentum` is given. */
  readonly nesterov?: boolean;
}

/** Options of {@linkcode trace}. */
export interface TraceOptions {
  /** Whether the momentum looks ahead (Nesterov); default false. */
  readonly nesterov?: boolean;
}

/** The transform, unchecked. */
function traceTransform(decay: number, nesterov: boolean): Transform {
  return {
    name: "trace",
    description: describe("trace", { nesterov }, String(decay)),
    wgsl: OPTIMIZERS_TRACE,
    constants: { DECAY: decay, NESTEROV: nesterov ? 1 : 0 },
    moments: ["momentum"],
    scalars: {},
  };
}

/**
 * The decaying sum of past gradients, called momentum (optax: `trace`).
 *
 * @param decay the decay, in [0, 1)
 * @param options `nesterov`
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { chain, scaleByLearningRate, trace } from "@unroll/unroll";
 *
 * const optimizer = chain(trace(0.9, { nesterov: true }), scaleByLearningRate(0.1));
 * ```
 */
export function trace(decay: number, options: TraceOptions = {}): Transform {
  checkOptions("create trace", { decay: within(0, 1), nesterov: z.optional(flag()) }, { ...options, decay });
  return traceTransform(decay, options.nesterov ?? false);
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
  const schema = { momentum: z.optional(within(0, 1)), nesterov: z.optional(flag()) };
  checkOptions("create sgd", schema, options, rateFaults("learningRate", learningRate));
  const { momentum, nesterov = false } = options;
  const step = learningRateTransform(learningRate);
  const rate = rateName(learningRate);
  if (momentum === undefined) return { name: describe("sgd", {}, rate), transforms: [step] };
  return {
    name: describe("sgd", { momentum, nesterov }, rate),
    transforms: [traceTransform(momentum, nesterov), step],
  };
}
