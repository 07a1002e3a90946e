/**
 * Schedules: the learning rate as a function of the update.
 *
 * @module
 */
import * as z from "zod";
import { checkOptions, finite, flag, integer, positive } from "../options.ts";

/** The value at an update, counted from 0 (optax: `Schedule`). */
export type Schedule = (count: number) => number;

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
  return () => value;
}

/** Options of {@linkcode exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** The value at the start. */
  readonly initValue: number;
  /** Over how many updates the value decays by `decayRate`; an integer >= 1. */
  readonly transitionSteps: number;
  /** The factor, > 0. */
  readonly decayRate: number;
  /** The update at which the decay begins; an integer >= 0, default 0. */
  readonly transitionBegin?: number;
  /** Whether the value decays only at multiples of `transitionSteps`; default false. */
  readonly staircase?: boolean;
  /** The value at which the decay ends; default none. */
  readonly endValue?: number;
}

/**
 * initValue * decayRate^((count - transitionBegin) / transitionSteps), from `transitionBegin` on
 * (optax: `exponential_decay`).
 *
 * @param options start, factor and length
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { adam, schedules } from "@unroll/unroll";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = schedules.exponentialDecay({ initValue: 1e-2, transitionSteps: 100, decayRate: 0.5 });
 * assertAlmostEquals(schedule(200), 2.5e-3);
 * const optimizer = adam(schedule);
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  checkOptions("create exponentialDecay", {
    initValue: finite(),
    transitionSteps: integer(1),
    decayRate: positive(),
    transitionBegin: z.optional(integer(0)),
    staircase: z.optional(flag()),
    endValue: z.optional(finite()),
  }, options);
  const { initValue, transitionSteps, decayRate, transitionBegin = 0, staircase = false, endValue } = options;
  return (count) => {
    const steps = (count - transitionBegin) / transitionSteps;
    const value = steps <= 0 ? initValue : initValue * decayRate ** (staircase ? Math.floor(steps) : steps);
    if (endValue === undefined) return value;
    return decayRate < 1 ? Math.max(value, endValue) : Math.min(value, endValue);
  };
}
