/**
 * Options of public functions: schemas run once, and every fault stands in one error.
 *
 * @module
 */
import * as z from "zod";
import en from "zod/locales/en";
import { type Fault, OptionsError } from "./errors.ts";

z.config(en());

/** An integer of at least `least`. */
export function integer(least: number): z.ZodMiniType<number> {
  const error = `an integer >= ${least}`;
  return z.number({ error }).check(z.refine((n) => Number.isSafeInteger(n) && n >= least, { error }));
}

/** A finite number. */
export function finite(): z.ZodMiniType<number> {
  return z.number({ error: "a finite number" });
}

/** A finite number above 0. */
export function positive(): z.ZodMiniType<number> {
  const error = "a finite number > 0";
  return z.number({ error }).check(z.refine((x) => Number.isFinite(x) && x > 0, { error }));
}

/** A finite number of at least 0. */
export function nonNegative(): z.ZodMiniType<number> {
  const error = "a finite number >= 0";
  return z.number({ error }).check(z.refine((x) => x >= 0, { error }));
}

/** A finite number in `[low, high)`. */
export function within(low: number, high: number): z.ZodMiniType<number> {
  const error = `a number in [${low}, ${high})`;
  return z.number({ error }).check(z.refine((x) => x >= low && x < high, { error }));
}

/** `true` or `false`. */
export function flag(): z.ZodMiniType<boolean> {
  return z.boolean({ error: "true or false" });
}

/** A list of finite numbers. */
export function numbers(): z.ZodMiniType<readonly number[]> {
  const error = "a list of finite numbers";
  return z.array(finite(), { error });
}

/** One of a few words. */
export function word<const W extends readonly string[]>(...words: W): z.ZodMiniType<W[number]> {
  return z.enum(words, { error: `one of ${words.map((w) => JSON.stringify(w)).join(", ")}` });
}

/**
 * An instance of a class.
 *
 * @param type the class
 * @param name its name, which bundlers may change in the class itself
 */
export function instance<T>(type: abstract new (...args: never[]) => T, name: string): z.ZodMiniType<T> {
  return z.instanceof(type as never, { error: `an instance of ${name}` }) as unknown as z.ZodMiniType<T>;
}

/** A function. */
export function callable<F>(): z.ZodMiniType<F> {
  return z.custom<F>((x) => typeof x === "function", { error: "a function" });
}

/** A fault unless a list is as long as it must be. */
export function lengthFault(path: string, list: readonly unknown[] | undefined, length: number): Fault[] {
  if (!Array.isArray(list) || !Number.isSafeInteger(length) || length < 0 || list.length === length) {
    return [];
  }
  return [{ path: `${path}.length`, rule: String(length), value: list.length }];
}

/** Reads a value at a path of a nested object. */
function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((x, key) => (x as Record<PropertyKey, unknown> | undefined)?.[key], options);
}

/**
 * Options checked against a schema.
 *
 * @param what what was to be done, for example `create Supervised`
 * @param shape a schema for each option; unknown options are faults
 * @param options what the caller gave
 * @param more faults that lie between options, such as lengths that do not match
 * @throws {OptionsError} naming every fault
 */
export function checkOptions(
  what: string,
  shape: Record<string, z.ZodMiniType>,
  options: unknown,
  more: readonly Fault[] = [],
): void {
  const faults = [...faultsOf(shape, options), ...more];
  if (faults.length > 0) throw new OptionsError(what, faults);
}

/**
 * What does not hold among options.
 *
 * @param shape a schema for each option; unknown options are faults
 * @param options what the caller gave
 */
export function faultsOf(shape: Record<string, z.ZodMiniType>, options: unknown): Fault[] {
  const result = z.safeParse(z.strictObject(shape, { error: "an object" }), options);
  if (result.success) return [];
  const known = Object.keys(shape).join(", ");
  return result.error.issues.flatMap((issue): Fault[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: key,
        rule: `left out, since it is unknown (options are ${known})`,
        value: valueAt(options, [...issue.path, key]),
      }));
    }
    const path = issue.path.length === 0 ? "options" : issue.path.join(".");
    return [{ path, rule: issue.message, value: valueAt(options, issue.path) }];
  });
}
