/**
 * Schedules made of pieces.
 *
 * @module
 */
import * as z from "zod";
import { type Fault, OptionsError } from "../errors.ts";
import { checkOptions, finite, integer } from "../options.ts";
import { describe, named, type Schedule, scheduleName } from "./schedule.ts";

/** Options of {@linkcode linear}. */
export interface LinearOptions {
  /** The value at the start. */
  readonly initValue: number;
  /** The value at the end. */
  readonly endValue: number;
  /** Over how many updates the value changes; an integer >= 1. */
  readonly transitionSteps: number;
  /** The update at which the change begins; an integer >= 0, default 0. */
  readonly transitionBegin?: number;
}

/**
 * A straight line from `initValue` to `endValue` over `transitionSteps` updates, constant before and after
 * (optax: `linear_schedule`).
 *
 * @param options both ends and the length
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = schedules.linear({ initValue: 1e-2, endValue: 0, transitionSteps: 100 });
 * assertAlmostEquals(schedule(25), 7.5e-3);
 * ```
 */
export function linear(options: LinearOptions): Schedule {
  checkOptions("create linear schedule", {
    initValue: finite(),
    endValue: finite(),
    transitionSteps: integer(1),
    transitionBegin: z.optional(integer(0)),
  }, options);
  const { initValue, endValue, transitionSteps, transitionBegin = 0 } = options;
  const all = { initValue, endValue, transitionSteps, transitionBegin };
  return named(describe("linear", all), (count) => {
    const steps = Math.min(Math.max(count - transitionBegin, 0), transitionSteps);
    return (initValue - endValue) * (1 - steps / transitionSteps) + endValue;
  });
}

/** Options of {@linkcode piecewiseConstant}. */
export interface PiecewiseConstantOptions {
  /** The value at the start. */
  readonly initValue: number;
  /** For each update at which the value jumps, an integer >= 0, the factor, >= 0; default none. */
  readonly boundariesAndScales?: Readonly<Record<number, number>>;
}

/**
 * `initValue` times the factors of all boundaries up to and with the update (optax: `piecewise_constant_schedule`).
 *
 * @param options start and jumps
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = schedules.piecewiseConstant({ initValue: 1e-2, boundariesAndScales: { 100: 0.1, 200: 0.5 } });
 * assertAlmostEquals(schedule(99), 1e-2);
 * assertAlmostEquals(schedule(100), 1e-3);
 * assertAlmostEquals(schedule(300), 5e-4);
 * ```
 */
export function piecewiseConstant(options: PiecewiseConstantOptions): Schedule {
  const jumps = Object.entries(options?.boundariesAndScales ?? {}).map(([at, scale]) => [Number(at), scale]);
  const faults = jumps.flatMap(([at, scale]): Fault[] => {
    const path = `boundariesAndScales.${at}`;
    if (!Number.isSafeInteger(at) || at! < 0) {
      return [{ path: "boundary of boundariesAndScales", rule: "an integer >= 0", value: at }];
    }
    return Number.isFinite(scale) && scale! >= 0
      ? []
      : [{ path, rule: "a finite number >= 0", value: scale }];
  });
  checkOptions(
    "create piecewiseConstant",
    {
      initValue: finite(),
      boundariesAndScales: z.optional(z.looseObject({}, { error: "an object of factors by updates" })),
    },
    options,
    faults,
  );
  const { initValue } = options;
  const text = jumps.map(([at, scale]) => `${at}: ${scale}`);
  return named(
    describe("piecewiseConstant", { initValue, boundariesAndScales: text }),
    (count) =>
      jumps.reduce((value, [boundary, scale]) => count < boundary! ? value : value * scale!, initValue),
  );
}

/**
 * One schedule after the other; each counts from its boundary (optax: `join_schedules`).
 *
 * @param schedules at least one schedule
 * @param boundaries the updates at which the second and later ones begin, integers >= 0, increasing
 * @throws {OptionsError} naming every fault
 *
 * @example
 * ```ts
 * import { schedules } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const { constant, joinSchedules, linear } = schedules;
 * const decay = linear({ initValue: 1e-2, endValue: 0, transitionSteps: 100 });
 * const schedule = joinSchedules([constant(1e-2), decay], [50]);
 * assertEquals([schedule(49), schedule(100)], [1e-2, 5e-3]);
 * ```
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);
  const faults: Fault[] = [];
  if (!isList(schedules) || schedules.length === 0) {
    faults.push({ path: "schedules", rule: "a list of at least one schedule", value: schedules });
  } else {
    schedules.forEach((value, i) => {
      if (typeof value !== "function") faults.push({ path: `schedules.${i}`, rule: "a schedule", value });
    });
  }
  if (!isList(boundaries)) {
    faults.push({ path: "boundaries", rule: "a list of updates", value: boundaries });
  } else {
    if (isList(schedules) && schedules.length > 0 && boundaries.length !== schedules.length - 1) {
      const rule = `${schedules.length - 1}, one less than schedules`;
      faults.push({ path: "boundaries.length", rule, value: boundaries.length });
    }
    boundaries.forEach((value, i) => {
      const least = i === 0 ? 0 : boundaries[i - 1]! + 1;
      if (Number.isSafeInteger(value) && !(value < least)) return;
      faults.push({ path: `boundaries.${i}`, rule: `an integer >= ${least}`, value });
    });
  }
  if (faults.length > 0) throw new OptionsError("join schedules", faults);
  const [pieces, starts] = [[...schedules], [...boundaries]];
  const names = `[${pieces.map(scheduleName).join(", ")}]`;
  return named(describe("joinSchedules", { boundaries: starts }, names), (count) => {
    const last = starts.findLastIndex((start) => count >= start);
    return pieces[last + 1]!(count - (starts[last] ?? 0));
  });
}
