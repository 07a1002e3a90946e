import { silu as op } from "../../src/ops/mod.ts";
import { silu as twin } from "../twins/activations.ts";
import { assertAccurate, assertNaNStays, EXTREMES, grid, testPointwise } from "./pointwise.ts";

const SILU = { name: "silu", op, twin, terms: { v: 4, u: 8 } };

testPointwise(SILU);

Deno.test("silu is accurate everywhere, also where e^-u has no float32", async () => {
  await assertAccurate(SILU, grid(-20, 20, 1001), { v: 2e-6, slope: 5e-7 });
  await assertAccurate(SILU, EXTREMES, { v: 1e-5, slope: 5e-7 });
});

Deno.test("silu of NaN is NaN", async () => {
  await assertNaNStays(SILU);
});
