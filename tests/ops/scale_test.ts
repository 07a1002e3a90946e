import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { scale as op } from "../../src/ops/arithmetic.ts";
import { scale as twin } from "../twins/scale.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

const scaleCase = (size: number, factor: number) =>
  unaryCase(`scale by ${factor}`, [size], ({ u }) => op({ u }, { factor }), twin(factor), { v: 1, u: 1 });

Deno.test("scale twin has the tangent of differences and its transpose", () => {
  assertTwin("scale", twin(-0.3), { u: 5 });
});

for (const [size, factor] of [[1, 1 / 3], [3, -1], [64, 2], [65, -0.7]] as const) {
  Deno.test(`scale of ${size} by ${factor} agrees with its twin`, async () => {
    await check(scaleCase(size, factor), { batch: 37, live: 33, members: 2 });
    await check(scaleCase(size, factor), { batch: 3, accumulates: true });
    await check(scaleCase(size, factor), { batch: 1 });
  });
}

Deno.test("scale takes every factor that float32 has", async () => {
  const max = 2 ** 127 * (2 - 2 ** -23);
  for (const factor of [0, 1e-37, -1e10, 1e19, -1e20, 1e21, max]) {
    const u = [Math.fround(1 / (Math.abs(factor) || 1)), Math.fround(-0.25 / (Math.abs(factor) || 1))];
    await check(scaleCase(2, factor), { batch: 1, values: { u, vBar: u } });
  }
});

Deno.test("scale refuses a factor that is not finite in float32", () => {
  const apply = (factor: number) => () => trace("f", [[2]], (_, [u]) => op({ u: u! }, { factor }));
  assertEquals(
    assertThrows(apply(NaN), OptionsError).message,
    "Cannot apply scale as factor must be a finite number: current factor is NaN",
  );
  assertThrows(apply(Infinity), OptionsError);
  assertThrows(apply(1e39), OptionsError);
});
