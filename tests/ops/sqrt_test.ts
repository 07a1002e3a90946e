import { sqrt as op } from "../../src/ops/mod.ts";
import { sqrt as twin } from "../twins/arithmetic.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertAccurate, grid, testPointwise } from "./pointwise.ts";

const SQRT = {
  name: "sqrt",
  op,
  twin,
  terms: { v: 4, u: 4 },
  point: (x: number) => 1.5 + x,
  values: [0.5, 1, 2.25, 0.3, 7, 0.75, 3],
};

testPointwise(SQRT);

Deno.test("sqrt is accurate from 1e-30 to 1e30", async () => {
  await assertAccurate(SQRT, grid(-30, 30, 301).map((x) => 10 ** x), { v: 3e-7, slope: 6e-7 });
});

Deno.test("sqrt of 0 is 0 with an infinite slope, below 0 it is NaN, and so is that of NaN", async () => {
  const c = unaryCase("sqrt", [3], op, twin, SQRT.terms);
  await check(c, { batch: 1, values: { u: [0, -1, NaN], vBar: [1, 1, 1] } });
});
