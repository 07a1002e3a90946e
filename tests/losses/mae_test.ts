import { mae } from "../../src/losses/mae.ts";
import { check } from "../ops/check.ts";
import { mae as twin } from "../twins/mae.ts";
import { lossCase, ONE_SIDED, testLoss, TWO_SIDED } from "./cases.ts";

testLoss(mae, twin, { scale: 2, sides: [...TWO_SIDED, ...ONE_SIDED] });

Deno.test("mae has slope 0 where both sides are equal", async () => {
  const values = { p: [0.5, -0.25, 0.125], r: [0.5, 0.25] };
  await check(lossCase(mae(), twin, [1, 6], ["state", "state"], 2), { batch: 3, values });
  await check(lossCase(mae(), twin, [1, 6], ["state", null], 2), { batch: 3, values: { p: [0, -1] } });
});
