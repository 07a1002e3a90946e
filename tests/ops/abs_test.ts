import { abs as op } from "../../src/ops/mod.ts";
import { abs as twin } from "../twins/arithmetic.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertAccurate, EXTREMES, testPointwise } from "./pointwise.ts";

const ABS = { name: "abs", op, twin, terms: { v: 0, u: 0 }, point: (x: number) => x + Math.sign(x) / 8 };

testPointwise(ABS);

Deno.test("abs has slope 0 at 0, and NaN stays NaN", async () => {
  await assertAccurate(ABS, EXTREMES, { v: 0, slope: 0 });
  const { use } = unaryCase("abs", [2], op, twin, ABS.terms);
  // What a driver's sign(NaN) is, WGSL leaves open.
  const inputs = { u: { ...use.inputs.u!, wanted: false } };
  await check({ use: { ...use, inputs }, twin, terms: ABS.terms }, { batch: 1, values: { u: [NaN, -1] } });
});
