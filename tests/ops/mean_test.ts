import { assertEquals } from "@std/assert";
import { mean as op } from "../../src/ops/mod.ts";
import { mean as twin } from "../twins/group_norm.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

Deno.test("mean twin has the tangent of differences and its transpose", () => {
  assertTwin("mean", twin, { u: 7 });
});

for (const shape of [[1], [3], [2, 65], [3, 5, 7]]) {
  const c = unaryCase(`mean of [${shape}]`, shape, op, twin, { v: 8, u: 1 });
  Deno.test(`${c.use.name} agrees with its twin`, async () => {
    const { unit } = await check(c, { batch: 37, live: 33, members: 2 });
    await check(c, { batch: 3, accumulates: true });
    assertEquals(unit.graph.vars[unit.graph.output]!.shape, [1]);
  });
}
