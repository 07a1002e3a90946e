/**
 * Stands in for `@std/assert` where JSR cannot be reached: the same names, signatures and verdicts over
 * `node:assert`. Only the messages of failures differ.
 *
 * @module
 */
import nodeAssert from "node:assert";
import { isDeepStrictEqual } from "node:util";

// deno-lint-ignore no-explicit-any
type Class<T> = abstract new (...args: any[]) => T;

/** What every failed assertion throws. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
}

function fail(what: string, msg?: string): never {
  throw new AssertionError(msg === undefined ? what : `${what}: ${msg}`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : Deno.inspect(value, { depth: 4 });
}

function isIndexed(x: object): x is ArrayLike<unknown> {
  return Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView));
}

/** Deep equality; NaN equals NaN and, unlike in node, 0 equals -0. */
export function equal(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a === b || (a !== a && b !== b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (isIndexed(a) && isIndexed(b)) {
    return a.constructor === b.constructor && a.length === b.length &&
      Array.prototype.every.call(a, (x, i) => equal(x, b[i]));
  }
  const prototype = (x: object) => Object.getPrototypeOf(x) ?? Object.prototype;
  if (prototype(a) === Object.prototype && prototype(b) === Object.prototype) {
    const [keys, others] = [Reflect.ownKeys(a), Reflect.ownKeys(b)];
    return keys.length === others.length &&
      keys.every((k) => Object.hasOwn(b, k) && equal(Reflect.get(a, k), Reflect.get(b, k)));
  }
  return isDeepStrictEqual(a, b);
}

/** Holds when `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Holds when `expr` is falsy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is false {
  if (expr) throw new AssertionError(msg);
}

/** Holds when both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  const { message } = new nodeAssert.AssertionError({ actual, expected, operator: "deepStrictEqual" });
  fail(message, msg);
}

/** Holds when the two are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) fail(`Expected a value other than ${show(actual)}`, msg);
}

/** Holds when both are the same value. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (!Object.is(actual, expected)) {
    fail(`Expected the very value ${show(expected)}, got ${show(actual)}`, msg);
  }
}

/** Holds when the two are not the same value. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (Object.is(actual, expected)) fail(`Expected another value than ${show(actual)}`, msg);
}

/** Holds when |actual - expected| <= tolerance (default: 1e-7 of the expected value). */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const bound = tolerance ?? (isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (!(delta <= bound)) {
    fail(`Expected ${actual} to be within ${bound} of ${expected}, it is ${delta} off`, msg);
  }
}

/** Holds when the value is neither null nor undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(`Expected a value, got ${actual}`, msg);
}

/** Holds when the value is an instance of the class. */
export function assertInstanceOf<T>(actual: unknown, ExpectedType: Class<T>, msg = ""): asserts actual is T {
  if (!(actual instanceof ExpectedType)) {
    fail(`Expected an instance of ${ExpectedType.name}, got ${show(actual)}`, msg || undefined);
  }
}

/** Holds when the text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) fail(`Expected ${show(actual)} to match ${expected}`, msg);
}

/** Holds when the text does not match. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) fail(`Expected ${show(actual)} not to match ${expected}`, msg);
}

/** Holds when the text contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) fail(`Expected ${show(actual)} to contain ${show(expected)}`, msg);
}

/** Holds when every expected element is deeply equal to one of `actual`. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void {
  const missing = Array.from(expected).filter((e) => !Array.from(actual).some((a) => equal(a, e)));
  if (missing.length > 0) fail(`Expected ${show(actual)} to contain ${show(missing)}`, msg);
}

/** Holds when actual > expected. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) fail(`Expected ${show(actual)} > ${show(expected)}`, msg);
}

/** Holds when actual >= expected. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) fail(`Expected ${show(actual)} >= ${show(expected)}`, msg);
}

/** Holds when actual < expected. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) fail(`Expected ${show(actual)} < ${show(expected)}`, msg);
}

/** Holds when actual <= expected. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) fail(`Expected ${show(actual)} <= ${show(expected)}`, msg);
}

/** Holds when `error` is an Error of the class whose message includes or matches the text. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: Class<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) fail(`Expected an Error, got ${show(error)}`, msg);
  if (ErrorClass && !(error instanceof ErrorClass)) {
    fail(`Expected a ${ErrorClass.name}, got ${error.constructor.name}: ${error.message}`, msg);
  }
  const fits = msgMatches instanceof RegExp
    ? msgMatches.test(error.message)
    : error.message.includes(msgMatches ?? "");
  if (!fits) fail(`Expected the message to include ${show(msgMatches)}, got ${show(error.message)}`, msg);
}

/** Holds when `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Holds when `fn` throws an error of the class whose message includes the text; returns that error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: Class<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    if (typeof classOrMsg === "function") assertIsError(error, classOrMsg, msgIncludes, msg);
    return error;
  }
  return fail("Expected the function to throw", typeof classOrMsg === "string" ? classOrMsg : msg);
}

/** Holds when the promise of `fn` rejects; resolves with the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Holds when the promise of `fn` rejects with such an error; resolves with that error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: Class<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const text = typeof classOrMsg === "string" ? classOrMsg : msg;
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch {
    fail("Expected a promise that rejects, the function threw", text);
  }
  if (typeof promise?.then !== "function") fail("Expected a promise that rejects, got none", text);
  try {
    await promise;
  } catch (error) {
    if (typeof classOrMsg === "function") assertIsError(error, classOrMsg, msgIncludes, msg);
    return error;
  }
  return fail("Expected the promise to reject", text);
}
