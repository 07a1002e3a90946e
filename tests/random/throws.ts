import { assertEquals, assertThrows } from "@std/assert";

/**
 * Asserts that a call throws, and that class and message are exactly these. (`assertThrows` would accept a part of
 * the message and a derived class.)
 *
 * @returns what was thrown
 */
export function throwsExactly(
  call: () => unknown,
  type: abstract new (...args: never[]) => Error,
  message: string,
): Error {
  const error = assertThrows(call, Error);
  assertEquals([error.constructor, error.message], [type, message]);
  return error;
}
