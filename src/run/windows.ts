/**
 * Windows: stretches of trajectories.
 *
 * @module
 */
import { type Fault, OptionsError } from "../errors.ts";
import type { Trajectories } from "./trajectories.ts";

/** A stretch of one trajectory. */
export interface Window {
  /** Which trajectory. */
  readonly sample: number;
  /** The snapshot at which it starts. */
  readonly start: number;
}

/** Windows in order. Each is made when it is asked for, as long lists of objects are dear. */
export interface WindowList {
  /** How many there are. */
  readonly length: number;
  /** The window at a place in the list. */
  window(i: number): Window;
}

/** Windows as a list. */
export function listOf(windows: readonly Window[]): WindowList {
  return { length: windows.length, window: (i) => windows[i]! };
}

/**
 * Throws unless windows lie inside their trajectories.
 *
 * @param what what was to be done, for example `evaluate Supervised`
 * @param windows the windows
 * @param trajectories the data
 * @param length snapshots of a window
 * @throws {OptionsError} naming every window that does not
 */
export function checkWindows(
  what: string,
  windows: readonly Window[],
  { numSamples, numSnapshots }: Trajectories,
  length: number,
): void {
  const last = numSnapshots - length;
  const inside = (x: number, end: number) => Number.isSafeInteger(x) && x >= 0 && x <= end;
  const fault = (path: string, end: number, value: number): Fault[] =>
    inside(value, end) ? [] : [{ path, rule: `an integer in [0, ${end}]`, value }];
  const faults = windows.flatMap(({ sample, start }, i) => [
    ...fault(`windows.${i}.sample`, numSamples - 1, sample),
    ...fault(`windows.${i}.start`, last, start),
  ]);
  if (windows.length === 0) faults.push({ path: "windows.length", rule: ">= 1", value: 0 });
  if (faults.length > 0) throw new OptionsError(what, faults);
}
