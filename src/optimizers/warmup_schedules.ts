/**
 * Schedules that rise before they decay.
 *
 * @module
 */
import * as z from "zod";
import { checkOptions, finite, integer, positive } from "../options.ts";
import { cosineDecay } from "./decay_schedules.ts";
import { joinSchedules, linear } from "./piecewise_schedules.ts";
import { describe, named, type Schedule } from "./schedule.ts";

/** Options of {@linkcode warmupConstant}. */
export interface WarmupConstantOptions {
  /** The value at the start. */
  readonly initValue: number;
  /** The value after the warm-up. */
  readonly peakValue: number;
  /** How many updates the warm-up takes; an integer >= 1. */
  readonly warmupSteps: number;
}

/**
 * A straight line from `initValue` to `peakValue`, constant thereafter (optax: `warmup_constant_schedule`).
 *
 * @param options both values and the length
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = schedules.warmupConstant({ initValue: 0, peakValue: 1e-2, warmupSteps: 100 });
 * assertAlmostEquals(schedule(50), 5e-3);
 * assertAlmostEquals(schedule(500), 1e-2);
 * ```
 */
export function warmupConstant(options: WarmupConstantOptions): Schedule {
  checkOptions("create warmupConstant", {
    initValue: finite(),
    peakValue: finite(),
    warmupSteps: integer(1),
  }, options);
  const { initValue, peakValue, warmupSteps } = options;
  const line = linear({ initValue, endValue: peakValue, transitionSteps: warmupSteps });
  return named(describe("warmupConstant", { initValue, peakValue, warmupSteps }), (count) => line(count));
}

/** Options of {@linkcode warmupCosineDecay}. */
export interface WarmupCosineDecayOptions {
  /** The value at the start. */
  readonly initValue: number;
  /** The value after the warm-up. */
  readonly peakValue: number;
  /** How many updates the warm-up takes; an integer >= 0. */
  readonly warmupSteps: number;
  /** After how many updates the decay ends, the warm-up included; an integer > `warmupSteps`. */
  readonly decaySteps: number;
  /** The value at the end; default 0. */
  readonly endValue?: number;
  /** The power of the half cosine, > 0; default 1. */
  readonly exponent?: number;
}

/**
 * A straight line from `initValue` to `peakValue` over `warmupSteps` updates, then a half cosine to `endValue` over
 * `decaySteps - warmupSteps` updates (optax: `warmup_cosine_decay_schedule`).
 *
 * @param options three values and two lengths
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = schedules.warmupCosineDecay({
 *   initValue: 0, peakValue: 1e-2, warmupSteps: 100, decaySteps: 1100, endValue: 1e-4,
 * });
 * assertAlmostEquals(schedule(100), 1e-2);
 * assertAlmostEquals(schedule(1100), 1e-4);
 * ```
 */
export function warmupCosineDecay(options: WarmupCosineDecayOptions): Schedule {
  const { warmupSteps: least } = options ?? {};
  checkOptions("create warmupCosineDecay", {
    initValue: finite(),
    peakValue: finite(),
    warmupSteps: integer(0),
    decaySteps: integer(Number.isSafeInteger(least) && least >= 0 ? least + 1 : 1),
    endValue: z.optional(finite()),
    exponent: z.optional(positive()),
  }, options);
  const { initValue, peakValue, warmupSteps, decaySteps, endValue = 0, exponent = 1 } = options;
  const decay = cosineDecay({
    initValue: peakValue,
    decaySteps: decaySteps - warmupSteps,
    alpha: peakValue === 0 ? 0 : endValue / peakValue,
    exponent,
  });
  const all = { initValue, peakValue, warmupSteps, decaySteps, endValue, exponent };
  const name = describe("warmupCosineDecay", all);
  if (warmupSteps === 0) return named(name, (count) => decay(count));
  const line = linear({ initValue, endValue: peakValue, transitionSteps: warmupSteps });
  const joined = joinSchedules([line, decay], [warmupSteps]);
  return named(name, (count) => joined(count));
}
