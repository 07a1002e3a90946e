/**
 * Schedules that decay along a curve.
 *
 * @module
 */
import * as z from "zod";
import { checkOptions, finite, flag, integer, positive } from "../options.ts";
import { describe, named, type Schedule } from "./schedule.ts";

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
  const all = { initValue, transitionSteps, decayRate, transitionBegin, staircase, endValue };
  return named(describe("exponentialDecay", all), (count) => {
    const steps = (count - transitionBegin) / transitionSteps;
    const value = steps <= 0 ? initValue : initValue * decayRate ** (staircase ? Math.floor(steps) : steps);
    if (endValue === undefined) return value;
    return decayRate < 1 ? Math.max(value, endValue) : Math.min(value, endValue);
  });
}

/** Options of {@linkcode cosineDecay}. */
export interface CosineDecayOptions {
  /** The value at the start. */
  readonly initValue: number;
  /** After how many updates the decay ends; an integer >= 1. */
  readonly decaySteps: number;
  /** The value at the end, as a part of `initValue`; default 0. */
  readonly alpha?: number;
  /** The power of the half cosine, > 0; default 1. */
  readonly exponent?: number;
}

/**
 * initValue * ((1 - alpha) * (0.5 * (1 + cos(pi * count / decaySteps)))^exponent + alpha), constant from `decaySteps`
 * on (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017; optax:
 * `cosine_decay_schedule`).
 *
 * @param options start, length, end and power
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = schedules.cosineDecay({ initValue: 1e-2, decaySteps: 1000, alpha: 0.1 });
 * assertAlmostEquals(schedule(500), 5.5e-3);
 * assertAlmostEquals(schedule(2000), 1e-3);
 * ```
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  checkOptions("create cosineDecay", {
    initValue: finite(),
    decaySteps: integer(1),
    alpha: z.optional(finite()),
    exponent: z.optional(positive()),
  }, options);
  const { initValue, decaySteps, alpha = 0, exponent = 1 } = options;
  return named(describe("cosineDecay", { initValue, decaySteps, alpha, exponent }), (count) => {
    const cosine = 0.5 * (1 + Math.cos(Math.PI * Math.min(count, decaySteps) / decaySteps));
    return initValue * ((1 - alpha) * cosine ** exponent + alpha);
  });
}
