/**
 * Schedules: the learning rate as a function of the update.
 *
 * @module
 */
import { checkOptions, finite } from "../options.ts";
import { describe, named, type Schedule } from "./schedule.ts";

export {
  cosineDecay,
  type CosineDecayOptions,
  exponentialDecay,
  type ExponentialDecayOptions,
} from "./decay_schedules.ts";
export {
  joinSchedules,
  linear,
  type LinearOptions,
  piecewiseConstant,
  type PiecewiseConstantOptions,
} from "./piecewise_schedules.ts";
export type { Schedule } from "./schedule.ts";
export {
  warmupConstant,
  type WarmupConstantOptions,
  warmupCosineDecay,
  type WarmupCosineDecayOptions,
} from "./warmup_schedules.ts";

/**
 * The same value at every update (optax: `constant_schedule`).
 *
 * @param value the value, finite
 * @throws {OptionsError} when it is not finite
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(schedules.constant(0.01)(500), 0.01);
 * ```
 */
export function constant(value: number): Schedule {
  checkOptions("create constant schedule", { value: finite() }, { value });
  return named(describe("constant", { value }), () => value);
}
