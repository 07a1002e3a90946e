import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { div as op } from "../../src/ops/mod.ts";
import { div as twin } from "../twins/arithmetic.ts";
import { type Case, check } from "./check.ts";
import { assertTwin } from "./twin.ts";
import type { Role } from "./use.ts";

/** Divisors off 0. */
const DIVISORS = [0.5, -0.75, 1.5, -2, 3, 1.25, -1];

const divCase = (shape: readonly number[], b: Role = "state"): Case => ({
  use: {
    name: `div ${shape}, b is a ${b}`,
    inputs: { a: { role: "state", shape }, b: { role: b, shape } },
    call: ({ a, b }) => op({ a: a!, b: b! }),
  },
  twin,
  // Quotients are at most 2, and their slopes 4; WGSL grants a division 2.5 units in the last place.
  terms: { v: 6, a: 6, b: 16 },
});

Deno.test("div twin has the tangent of differences and its transpose", () => {
  assertTwin("div", twin, { a: 5, b: 5 }, (x) => x + Math.sign(x));
});

for (const shape of [[1], [3], [2, 32], [1, 65]]) {
  Deno.test(`div of ${shape} agrees with its twin`, async () => {
    await check(divCase(shape), { batch: 37, live: 33, members: 2, values: { b: DIVISORS } });
    await check(divCase(shape), { batch: 3, accumulates: true, values: { b: DIVISORS } });
    await check(divCase(shape, "parameter"), { batch: 37, live: 33, values: { b: DIVISORS } });
  });
}

Deno.test("div has its slopes where the square of the divisor has no float32", async () => {
  const values = { a: [2 ** -90, 1, 2 ** 90], b: [2 ** -90, 1, 2 ** 90], vBar: [2 ** -90, 1, 2 ** 90] };
  await check(divCase([3]), { batch: 1, values });
});

Deno.test("div by 0 is not finite, and 0 / 0 is NaN", async () => {
  await check(divCase([2]), { batch: 1, values: { a: [NaN, 1], b: [1, 2] } });
});

Deno.test("div refuses unequal shapes", () => {
  const apply = () => trace("f", [[2, 3], [1]], (_, [a, b]) => op({ a: a!, b: b! }));
  assertEquals(
    assertThrows(apply, ShapeError).message,
    "Cannot apply div as b must have the shape [2, 3] of a: current shape of b is [1]",
  );
});
