import { rmse } from "../../src/losses/rmse.ts";
import { check } from "../ops/check.ts";
import { lp as twin } from "../twins/lp.ts";
import { lossCase, ONE_SIDED, testLoss, TWO_SIDED } from "./cases.ts";

testLoss(rmse, twin(2), { scale: 3, sides: [...TWO_SIDED, ...ONE_SIDED] });

Deno.test("rmse has cotangents 0 where both sides are equal", async () => {
  const values = { p: [0.5, -0.25], r: [0.5, -0.25] };
  await check(lossCase(rmse(), twin(2), [1, 6], ["state", "state"], 2), { batch: 3, values });
  await check(lossCase(rmse(), twin(2), [1, 6], ["state", null], 2), { batch: 3, values: { p: [0] } });
});
