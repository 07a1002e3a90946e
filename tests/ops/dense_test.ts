import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import { dense as op } from "../../src/ops/mod.ts";
import { dense as twin, type DenseSizes } from "../twins/dense.ts";
import { denseCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

/** One number; wide; tall; more rows than a workgroup has lanes; in blocks, full ones and others. */
const SIZES: readonly DenseSizes[] = [
  { dIn: 1, dOut: 1 },
  { dIn: 5, dOut: 2 },
  { dIn: 3, dOut: 7 },
  { dIn: 65, dOut: 66 },
  { dIn: 32, dOut: 8 },
  { dIn: 20, dOut: 13 },
  { dIn: 52, dOut: 5 },
];

Deno.test("dense twin has the tangent of differences and its transpose", () => {
  for (const { dIn, dOut } of SIZES) {
    assertTwin("dense", twin({ dIn, dOut }), { u: dIn, w: dOut * dIn, b: dOut });
  }
});

for (const sizes of SIZES) {
  const c = denseCase(sizes);
  Deno.test(`${c.use.name} agrees with its twin`, async () => {
    await check(c, { batch: 37, live: 33, members: 2 });
    await check(c, { batch: 3, members: 2, accumulates: true });
    await check(c, { batch: 1 });
  });
}

Deno.test("dense agrees with its twin for more samples than two rounds of groups", async () => {
  await check(denseCase(SIZES[1]!), { batch: 70, live: 66 });
});

Deno.test("dense takes blocks of 8 rows, 16 columns, and 8 rows by 4 columns where four columns are read at once", () => {
  const calls = (dIn: number, dOut: number) =>
    trace("f", [[dIn], [dOut, dIn]], (_, [u, w]) => op({ u: u!, w: w! })).nodes[0]!.blockedCalls;
  assertEquals(calls(64, 64), { forward: 8, adjointU: 4, adjointW: 128 });
  assertEquals(calls(20, 13), { forward: 2, adjointU: 2, adjointW: 10 });
  assertEquals(calls(66, 64), {});
  assertEquals(calls(16, 15), {});
});

Deno.test("dense with w and b as states or constants, and without b", async () => {
  for (const owner of ["state", "constant"] as const) {
    await check(denseCase({ dIn: 20, dOut: 13 }, { owner }), { batch: 5, live: 4, members: 2 });
  }
  await check(denseCase(SIZES[2]!, { owner: "state" }), { batch: 5, live: 4, members: 2 });
  await check(denseCase(SIZES[2]!, { owner: "constant" }), { batch: 5, live: 4, members: 2 });
  const { numLaunches } = await check(denseCase(SIZES[2]!, { hasBias: false }), { batch: 5 });
  assertEquals(numLaunches, 3);
});

Deno.test("dense refuses shapes that do not fit", () => {
  const apply = (u: Shape, w: Shape, b?: Shape) => () =>
    trace("f", [u, w, ...(b ? [b] : [])], (_, [u, w, b]) => op({ u: u!, w: w!, b }));
  const message = (f: () => unknown) => assertThrows(f, ShapeError).message;
  const must = "Cannot apply dense as u must have the shape [D_IN] and w [D_OUT, D_IN]: current shapes are";
  assertEquals(message(apply([4], [2, 3])), `${must} u [4] and w [2, 3]`);
  assertEquals(message(apply([1, 3], [2, 3])), `${must} u [1, 3] and w [2, 3]`);
  assertEquals(message(apply([3], [2, 3, 1])), `${must} u [3] and w [2, 3, 1]`);
  assertEquals(
    message(apply([3], [2, 3], [3])),
    "Cannot apply dense as b must have the shape [2] (from w of shape [2, 3]): current shape of b is [3]",
  );
});
