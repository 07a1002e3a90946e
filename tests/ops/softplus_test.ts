import { softplus as op } from "../../src/ops/mod.ts";
import { softplus as twin } from "../twins/activations.ts";
import { assertAccurate, assertNaNStays, EXTREMES, grid, testPointwise } from "./pointwise.ts";

const SOFTPLUS = { name: "softplus", op, twin, terms: { v: 4, u: 4 } };

testPointwise(SOFTPLUS);

Deno.test("softplus is accurate everywhere, also where 1 + e^u is 1 in float32 or has no float32", async () => {
  await assertAccurate(SOFTPLUS, grid(-5, 5, 1001), { v: 6e-7, slope: 2e-7 });
  await assertAccurate(SOFTPLUS, grid(-80, 20, 1001), { v: 1e-5, slope: 2e-7 });
  await assertAccurate(SOFTPLUS, EXTREMES, { v: 1e-5, slope: 2e-7 });
});

Deno.test("softplus of NaN is NaN", async () => {
  await assertNaNStays(SOFTPLUS);
});
