import { sigmoid as op } from "../../src/ops/mod.ts";
import { sigmoid as twin } from "../twins/activations.ts";
import { assertAccurate, assertNaNStays, EXTREMES, grid, testPointwise } from "./pointwise.ts";

const SIGMOID = { name: "sigmoid", op, twin, terms: { v: 4, u: 4 } };

testPointwise(SIGMOID);

Deno.test("sigmoid is accurate everywhere, also where e^-u has no float32", async () => {
  await assertAccurate(SIGMOID, grid(-20, 20, 1001), { v: 2e-6, slope: 2e-7 });
  await assertAccurate(SIGMOID, EXTREMES, { v: 1e-5, slope: 2e-7 });
});

Deno.test("sigmoid of NaN is NaN", async () => {
  await assertNaNStays(SIGMOID);
});
