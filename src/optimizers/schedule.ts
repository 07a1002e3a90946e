/**
 * What a schedule is, and how it stands in the name of an optimizer.
 *
 * @module
 */

/** The value at an update, counted from 0 (optax: `Schedule`). */
export type Schedule = (count: number) => number;

const NAMES = new WeakMap<Schedule, string>();

/**
 * A call as it stands in the names that saved states compare: every number, also the defaults.
 *
 * @param name the function
 * @param options its options; those that are undefined are left out
 * @param positional what stands before them
 */
export function describe(name: string, options: object, ...positional: readonly string[]): string {
  const text = (value: unknown) => Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
  const named = Object.entries(options).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${text(value)}`);
  return `${name}(${[...positional, ...named].join(", ")})`;
}

/** The same schedule, which {@linkcode scheduleName} then knows. */
export function named(name: string, schedule: Schedule): Schedule {
  NAMES.set(schedule, name);
  return schedule;
}

/** The name of a schedule: its numbers where this library made it, else `schedule`. */
export function scheduleName(schedule: Schedule): string {
  return NAMES.get(schedule) ?? "schedule";
}
