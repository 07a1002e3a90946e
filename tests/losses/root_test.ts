import { rmse } from "../../src/losses/rmse.ts";
import { rootOp } from "../../src/losses/root.ts";
import { unaryCase } from "../ops/cases.ts";
import { check } from "../ops/check.ts";
import type { Twin } from "../ops/twin.ts";
import { lp as twin } from "../twins/lp.ts";
import { lossCase, ONE_SIDED, testLoss, TWO_SIDED } from "./cases.ts";

testLoss(rmse, twin(2), { scale: 3, sides: [...TWO_SIDED, ...ONE_SIDED] });

Deno.test("rmse has cotangents 0 where both sides are equal", async () => {
  const values = { p: [0.5, -0.25], r: [0.5, -0.25] };
  await check(lossCase(rmse(), twin(2), [1, 6], ["state", "state"], 2), { batch: 3, values });
  await check(lossCase(rmse(), twin(2), [1, 6], ["state", null], 2), { batch: 3, values: { p: [0] } });
});

/** root of an order; its slope at 0 is taken as 0. */
function rootTwin(order: number): Twin {
  const slope = (u: number) => u === 0 ? 0 : u ** (1 / order - 1) / order;
  return {
    forward: ({ u }) => u!.map((x) => x ** (1 / order)),
    tangent: ({ u }, change) => u!.map((x, i) => slope(x) * change.u![i]!),
    adjointU: ({ u }, vBar) => u!.map((x, i) => slope(x) * vBar[i]!),
  };
}

for (const order of [2, 3, 2.5]) {
  Deno.test(`root of order ${order} agrees with its twin, also at 0 and 1`, async () => {
    const c = unaryCase("root", [6], ({ u }) => rootOp({ u }, { order }), rootTwin(order), { v: 4, u: 8 });
    await check(c, { batch: 3, live: 2, members: 2, values: { u: [0, 1, 0.5, 0.0625, 3] } });
  });
}
