import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import type { BatchReduction } from "../../src/graph/loss.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import type { Var } from "../../src/graph/var.ts";
import { mse as loss, mseOp } from "../../src/losses/mse.ts";
import { type Case, check } from "../ops/check.ts";
import type { Input, Role } from "../ops/use.ts";
import { assertTwin } from "../ops/twin.ts";
import { mse as twin } from "../twins/mse.ts";

/** The owners of both sides; null compares with zero. */
type Sides = readonly [p: Role, r: Role | null];

function mseCase(shape: Shape, reduction: BatchReduction, [p, r]: Sides): Case {
  const size = shape.reduce((a, b) => a * b, 1);
  const inputs: Record<string, Input> = { p: { role: p, shape }, ...(r ? { r: { role: r, shape } } : {}) };
  const { forward } = loss({ batchReduction: reduction });
  return {
    use: {
      name: `mse of ${size}, ${reduction}, sides ${p} and ${r ?? "none"}`,
      inputs,
      call: ({ p, r }) => forward(p!, r),
      reduction,
    },
    twin,
    // Squares of differences in [-2, 2], as many as a lane adds and the levels of the tree, over the size.
    terms: { v: 4 * (Math.ceil(size / 64) + 8), p: 8, r: 8 },
  };
}

Deno.test("mse twin has the tangent of differences and its transpose", () => {
  assertTwin("mse", twin, { p: 5, r: 5 });
  assertTwin("mse without r", twin, { p: 5 });
});

const SIDES: readonly Sides[] = [
  ["state", "snapshot"],
  ["state", "state"],
  ["snapshot", "state"],
  ["state", null],
  ["snapshot", null],
];

for (const reduction of ["mean", "sum"] as const) {
  for (const sides of SIDES) {
    const c = mseCase([2, 5], reduction, sides);
    Deno.test(`${c.use.name} agrees with its twin`, async () => {
      await check(c, { batch: 37, live: 33, members: 2 });
      await check(c, { batch: 3, members: 2, accumulates: true });
      await check(c, { batch: 1 });
    });
  }
}

for (const shape of [[1], [1, 3], [5, 65], [2, 500]]) {
  const c = mseCase(shape, "mean", ["state", "state"]);
  Deno.test(`${c.use.name} agrees with its twin`, async () => {
    await check(c, { batch: 4, live: 3, members: 2 });
  });
}

Deno.test("mse as an op of a function reads the cotangent of its result", async () => {
  const { use, terms } = mseCase([2, 5], "sum", ["state", "state"]);
  const { reduction: _, ...plain } = use;
  const call = ({ p, r }: Record<string, Var>) => mseOp({ p: p!, r: r! });
  await check({ use: { ...plain, call }, twin, terms }, { batch: 5, live: 4, members: 2 });
});

Deno.test("mse between a state and itself has the cotangents of both sides", async () => {
  const { use, terms } = mseCase([1, 5], "mean", ["state", null]);
  const zero = (n: number) => new Float64Array(n);
  await check({
    use: { ...use, call: ({ p }) => loss().forward(p!, p!) },
    twin: { forward: () => zero(1), tangent: () => zero(1), adjointP: ({ p }) => zero(p!.length) },
    terms,
  }, { batch: 3 });
});

Deno.test("mse refuses unequal shapes and unknown options", () => {
  const apply = (p: Shape, r: Shape) => () => trace("f", [p, r], (_, [p, r]) => loss().forward(p!, r!));
  assertEquals(
    assertThrows(apply([1, 30], [2, 15]), ShapeError).message,
    "Cannot apply mse as target must have the shape [1, 30] of prediction: current shape of target is [2, 15]",
  );
  assertEquals(
    assertThrows(() => loss({ batchReduction: "max" as never }), OptionsError).message,
    `Cannot create mse as batchReduction must be one of "mean", "sum": current batchReduction is "max"`,
  );
  assertEquals([loss().name, loss().batchReduction], ["mse", "mean"]);
});
