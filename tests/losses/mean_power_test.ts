import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { lp } from "../../src/losses/lp.ts";
import { check } from "../ops/check.ts";
import { lp as twin } from "../twins/lp.ts";
import { lossCase, ONE_SIDED, testLoss, TWO_SIDED } from "./cases.ts";

const SIDES = [...TWO_SIDED, ...ONE_SIDED];

for (const p of [1, 2, 2.5, 3, 8]) {
  testLoss((options) => lp({ p, ...options }), twin(p), { scale: 5, sides: p === 2.5 ? SIDES : [SIDES[1]!] });
}

Deno.test("lp has cotangents 0 where both sides are equal", async () => {
  const values = { p: [0.5, -0.25], r: [0.5, -0.25] };
  for (const [loss, order] of [[lp({ p: 2 }), 2], [lp({ p: 2.5 }), 2.5], [lp({ p: 1 }), 1]] as const) {
    await check(lossCase(loss, twin(order), [1, 6], ["state", "state"], 2), { batch: 3, values });
    await check(lossCase(loss, twin(order), [1, 6], ["state", null], 2), { batch: 3, values: { p: [0] } });
  }
});

Deno.test("lp names its order and refuses what is none", () => {
  assertEquals(lp({ p: 2.5 }).name, "lp(p=2.5)");
  assertEquals(
    assertThrows(() => lp({ p: 0.5, batchReduction: "max" as never }), OptionsError).message,
    `Cannot create lp as 2 options do not hold:
- batchReduction must be one of "mean", "sum": current batchReduction is "max"
- p must be a finite number >= 1: current p is 0.5`,
  );
  for (const p of [NaN, Infinity, undefined, "2"]) {
    assertThrows(() => lp({ p: p as number }), OptionsError, "p must be a finite number >= 1");
  }
});

Deno.test("lp of differences of 0 and 1 agrees with its twin", async () => {
  const values = { p: [1, 0.5, -1], r: [0, 0.5, 0.25] };
  for (const p of [1, 1.5, 2.5, 3]) {
    await check(lossCase(lp({ p }), twin(p), [1, 6], ["state", "state"], 5), { batch: 2, values });
  }
});
