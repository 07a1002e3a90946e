/**
 * Tests of the ops of two inputs, element by element.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import type { Op } from "../../src/graph/op.ts";
import { trace } from "../../src/graph/trace.ts";
import { type Shape, sizeOf } from "../../src/ndarray.ts";
import { type Case, check } from "./check.ts";
import type { Role } from "./use.ts";
import { assertTwin, type Twin } from "./twin.ts";

/** Declares the tests of an op of two inputs; `terms` are how many roundings a value and its cotangents have. */
export function testBinary(
  name: string,
  op: Op<"a" | "b">,
  twin: Twin,
  terms: Case["terms"] = { v: 2, a: 0, b: 1 },
): void {
  const binary = (shape: Shape, b: Role): Case => ({
    use: {
      name: `${name} ${sizeOf(shape)}, b is a ${b}`,
      inputs: { a: { role: "state", shape }, b: { role: b, shape } },
      call: ({ a, b }) => op({ a: a!, b: b! }),
    },
    twin,
    terms,
  });

  Deno.test(`${name} twin has the tangent of differences and its transpose`, () => {
    assertTwin(name, twin, { a: 5, b: 5 });
  });

  for (const shape of [[1], [3], [2, 32], [1, 65]]) {
    Deno.test(`${name} of ${shape.at(-1)} agrees with its twin`, async () => {
      await check(binary(shape, "state"), { batch: 37, live: 33, members: 2 });
      await check(binary(shape, "state"), { batch: 3, accumulates: true });
      await check(binary(shape, "state"), { batch: 1 });
    });
  }

  Deno.test(`${name} of a parameter sums its cotangent over the batch, and of a constant has none`, async () => {
    await check(binary([5], "parameter"), { batch: 70, live: 66, members: 2 });
    const { numLaunches } = await check(binary([5], "constant"), { batch: 3, members: 2 });
    assertEquals(numLaunches, 2);
  });

  Deno.test(`${name} refuses unequal shapes`, () => {
    const apply = () => trace("f", [[1, 6], [6]], (_, [a, b]) => op({ a: a!, b: b! }));
    const error = assertThrows(apply, ShapeError);
    assertEquals(
      error.message,
      `Cannot apply ${name} as b must have the shape [1, 6] of a: current shape of b is [6]`,
    );
    assertEquals([error.op, error.axis, error.expected, error.actual], [name, "b", "[1, 6]", "[6]"]);
  });
}
