import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { pow as op } from "../../src/ops/mod.ts";
import { pow as twin } from "../twins/arithmetic.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertAccurate, assertNaNStays, grid, testPointwise } from "./pointwise.ts";

const pow = (exponent: number) => ({
  name: `pow ${exponent}`,
  op: ({ u }: Parameters<typeof op>[0]) => op({ u }, { exponent }),
  twin: twin(exponent),
  terms: { v: 4, u: 8 },
});

testPointwise(pow(3));
testPointwise({
  ...pow(1.5),
  terms: { v: 40, u: 40 },
  point: (x) => 1.5 + x,
  values: [0.5, 1, 2.25, 0.3, 1.7, 0.75, 0.1],
});

Deno.test("pow with an integer exponent takes numbers of either sign", async () => {
  const u = grid(-2, 2, 42);
  for (const exponent of [0, 1, 2, 5, 10, -1, -2, -7]) {
    await assertAccurate(pow(exponent), u, { v: 2e-6, slope: 2e-6 });
  }
});

Deno.test("pow with an integer exponent at 0", async () => {
  for (const exponent of [0, 1, 2, 3]) await assertAccurate(pow(exponent), [0, -0], { v: 0, slope: 0 });
});

Deno.test("pow with another exponent takes positive numbers", async () => {
  const u = grid(-6, 6, 101).map((x) => 10 ** x);
  for (const exponent of [0.5, 1.5, -0.5, 2.75, -1 / 3]) {
    await assertAccurate(pow(exponent), u, { v: 1e-5, slope: 1e-5 });
  }
  await assertAccurate(pow(1.5), [0], { v: 0, slope: 0 });
});

Deno.test("pow with another exponent of a negative number is NaN, and NaN stays NaN", async () => {
  const { name, op, twin, terms } = pow(1.5);
  await check(unaryCase(name, [2], op, twin, terms), { batch: 1, values: { u: [-1, NaN], vBar: [1] } });
  await assertNaNStays({ ...pow(3) });
});

Deno.test("pow refuses an exponent that is not finite in float32", () => {
  const apply = (exponent: number) => () => trace("f", [[2]], (_, [u]) => op({ u: u! }, { exponent }));
  assertEquals(
    assertThrows(apply(1e39), OptionsError).message,
    "Cannot apply pow as exponent must be a number that is finite in float32: current exponent is 1e+39",
  );
  assertThrows(apply(NaN), OptionsError);
});
