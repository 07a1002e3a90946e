/**
 * Checks of the counts and shapes that random functions take.
 *
 * @module
 */
import { show } from "../errors.ts";

/**
 * Refuses what is no count.
 *
 * @param action what was to be done, for example `split key`
 * @param name the argument
 * @param count what the caller gave
 * @throws {RangeError} when it is not an integer >= 0
 */
export function checkCount(action: string, name: string, count: unknown): void {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return;
  throw new RangeError(
    `Cannot ${action} as ${name} must be an integer >= 0: current ${name} is ${show(count)}`,
  );
}

/**
 * Refuses what is no shape.
 *
 * @param action what was to be done, for example `draw uniform`
 * @param shape what the caller gave
 * @throws {RangeError} when it is not a list of integers >= 0
 */
export function checkShape(action: string, shape: unknown): void {
  if (Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0)) return;
  throw new RangeError(
    `Cannot ${action} as the shape must be a list of integers >= 0: current shape is ${show(shape)}`,
  );
}
