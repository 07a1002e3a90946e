import { normalizedMae } from "../../src/losses/normalized.ts";
import { check } from "../ops/check.ts";
import { normalizedMae as twin } from "../twins/normalized.ts";
import { lossCase, testLoss, TWO_SIDED } from "./cases.ts";

testLoss(normalizedMae, twin, { scale: 20, sides: TWO_SIDED });

Deno.test("normalizedMae has slope 0 where both sides are equal or the target is 0", async () => {
  const values = { p: [0.5, -0.25, 0.125], r: [0.5, 0.25, 0] };
  await check(lossCase(normalizedMae(), twin, [1, 6], ["state", "state"], 20), { batch: 3, values });
});
