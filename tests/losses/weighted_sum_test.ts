import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { composite } from "../../src/losses/composite.ts";
import { defineLoss } from "../../src/losses/define_loss.ts";
import { mae } from "../../src/losses/mae.ts";
import { mse } from "../../src/losses/mse.ts";
import { normalizedMse } from "../../src/losses/normalized.ts";
import type { Tensors, Twin } from "../ops/twin.ts";
import { mae as maeTwin } from "../twins/mae.ts";
import { mse as mseTwin } from "../twins/mse.ts";
import { normalizedMse as normalizedTwin } from "../twins/normalized.ts";
import { scale } from "../../src/ops/mod.ts";
import { ONE_SIDED, testLoss, TWO_SIDED } from "./cases.ts";

/** The weighted sum of twins. */
function sum(twins: readonly Twin[], weights: readonly number[]): Twin {
  const add = (parts: Float64Array[]) =>
    parts[0]!.map((_, i) => parts.reduce((total, part, k) => total + Math.fround(weights[k]!) * part[i]!, 0));
  return {
    forward: (x) => add(twins.map((twin) => twin.forward(x))),
    tangent: (x, change) => add(twins.map((twin) => twin.tangent(x, change))),
    adjointP: (x: Tensors, vBar: Float64Array) => add(twins.map((twin) => twin.adjointP!(x, vBar))),
    adjointR: (x: Tensors, vBar: Float64Array) => add(twins.map((twin) => twin.adjointR!(x, vBar))),
  };
}

testLoss(
  (options) => composite([mse(options), mae(options)], [0.5, -2]),
  sum([mseTwin, maeTwin], [0.5, -2]),
  { scale: 8, sides: [...TWO_SIDED, ...ONE_SIDED] },
);
testLoss(
  (options) =>
    composite([mae(options), normalizedMse(options), mse(options), mae(options)], [1, 0.1, 3, 0.25]),
  sum([maeTwin, normalizedTwin, mseTwin, maeTwin], [1, 0.1, 3, 0.25]),
  { scale: 40, sides: [TWO_SIDED[1]!] },
);
testLoss((options) => composite([mse(options)]), sum([mseTwin], [1]), { scale: 4, sides: TWO_SIDED });

Deno.test("composite names its parts and takes their reduction", () => {
  const loss = composite([mse({ batchReduction: "sum" }), mae({ batchReduction: "sum" })], [1, 0.1]);
  assertEquals([loss.name, loss.batchReduction], ["composite(1 mse, 0.1 mae)", "sum"]);
});

Deno.test("composite refuses parts that do not go together", () => {
  const parts = [mse(), mae({ batchReduction: "sum" }), "rmse" as never];
  assertEquals(
    assertThrows(() => composite(parts, [1, NaN]), OptionsError).message,
    `Cannot create composite as 4 options do not hold:
- losses.1.batchReduction must be "mean", as of losses.0: current losses.1.batchReduction is "sum"
- losses.2 must be a loss: current losses.2 is "rmse"
- weights.length must be 3: current weights.length is 2
- weights.1 must be a finite number: current weights.1 is NaN`,
  );
  for (const none of [[], undefined as never, mse() as never]) {
    assertThrows(() => composite(none), OptionsError, "losses must be a list of at least one loss");
  }
  assertThrows(() => composite([mse()], 2 as never), OptionsError, "weights must be a list");
  const wide = defineLoss({ name: "wide", forward: (p) => scale({ u: p }, { factor: 2 }) });
  const apply = () => trace("f", [[1, 5]], (_, [p]) => composite([mse(), wide]).forward(p!));
  assertThrows(apply, ShapeError, "a later loss must have the shape [1]");
});
