import { mul } from "../../src/ops/mod.ts";
import { mul as twin, square } from "../twins/arithmetic.ts";
import { testBinary } from "./arithmetic.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";

testBinary("mul", mul, twin, { v: 1, a: 1, b: 1 });

Deno.test("mul of a state with itself has the cotangents of both sides", async () => {
  const c = unaryCase("mul with itself", [5], ({ u }) => mul({ a: u, b: u }), square, { v: 1, u: 2 });
  await check(c, { batch: 5, live: 4, members: 2 });
  await check(c, { batch: 2, accumulates: true });
});
