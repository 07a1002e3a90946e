import { square as op } from "../../src/ops/mod.ts";
import { square as twin } from "../twins/arithmetic.ts";
import { assertNaNStays, testPointwise } from "./pointwise.ts";

const SQUARE = { name: "square", op, twin, terms: { v: 1, u: 2 } };

testPointwise(SQUARE);

Deno.test("square of NaN is NaN", async () => {
  await assertNaNStays(SQUARE);
});
