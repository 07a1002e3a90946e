import { assert, assertEquals, assertThrows } from "@std/assert";
import { defineStepper, NdArray, Objective, ops, Supervised } from "../../mod.ts";
import { trace } from "../../src/graph/trace.ts";
import { normalizedMae, normalizedMse } from "../../src/losses/normalized.ts";
import { normalizedMse as twin } from "../twins/normalized.ts";
import { gpu } from "../ops/device.ts";
import { testLoss, TWO_SIDED } from "./cases.ts";

testLoss(normalizedMse, twin, { scale: 60, sides: TWO_SIDED });

Deno.test("normalized losses need a target of the shape of the prediction", () => {
  for (const loss of [normalizedMse(), normalizedMae()]) {
    const alone = () => trace("f", [[1, 5]], (_, [p]) => loss.forward(p!));
    assertEquals(
      assertThrows(alone, TypeError).message,
      `Cannot apply ${loss.name} as a target must be given to divide by: current target is undefined`,
    );
  }
  const unequal = () => trace("f", [[1, 5], [1, 4]], (_, [p, r]) => normalizedMse().forward(p!, r!));
  assertEquals(
    assertThrows(unequal, RangeError).message,
    "Cannot apply normalized_mse as target must have the shape [1, 5] of prediction: current shape of target is [1, 4]",
  );
});

Deno.test("a target that is zero everywhere has no relative error", async () => {
  const stepper = defineStepper({
    name: "taps",
    parameters: { weight: new NdArray([0.4, 0.5], [1, 1, 2]) },
    forward: (u, { weight }) => ops.conv({ u, w: weight }),
  });
  const data = new NdArray([1, 2, 3, 4, 5, 0, 0, 0, 0, 0], [1, 2, 1, 5]);
  for (const timeLevelLoss of [normalizedMse(), normalizedMae()]) {
    using objective = new Objective(gpu, new Supervised({ timeLevelLoss }), { stepper, data });
    const { loss } = await objective.evaluate();
    assert(!Number.isFinite(loss), `${timeLevelLoss.name} is ${loss}`);
  }
});
