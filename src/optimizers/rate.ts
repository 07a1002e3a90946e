/**
 * Rates: numbers that may vary by update.
 *
 * @module
 */
import type { Fault } from "../errors.ts";
import { type Schedule, scheduleName } from "./schedule.ts";

/** The fault of a learning rate or weight decay that is neither a finite number >= 0 nor a schedule. */
export function rateFaults(path: string, rate: unknown): Fault[] {
  if (typeof rate === "function" || (typeof rate === "number" && Number.isFinite(rate) && rate >= 0)) {
    return [];
  }
  return [{ path, rule: "a finite number >= 0 or a schedule", value: rate }];
}

/** A rate as a schedule. */
export function scheduleOf(rate: number | Schedule): Schedule {
  return typeof rate === "function" ? rate : () => rate;
}

/** A rate as it stands in the name of an optimizer. */
export function rateName(rate: number | Schedule): string {
  return typeof rate === "function" ? scheduleName(rate) : String(rate);
}
