import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import { reshape as op } from "../../src/ops/mod.ts";
import { reshape as twin } from "../twins/shape.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

const SHAPES: readonly (readonly [Shape, Shape])[] = [[[1], [1, 1]], [[2, 3, 5], [5, 6]], [[66], [2, 33]]];

Deno.test("reshape twin has the tangent of differences and its transpose", () => {
  assertTwin("reshape", twin(6), { u: 6 });
});

for (const [from, to] of SHAPES) {
  const call = ({ u }: Parameters<typeof op>[0]) => op({ u }, { shape: to });
  const c = unaryCase(`reshape to [${to}]`, from, call, twin(to.reduce((a, b) => a * b)), { v: 0, u: 0 });
  Deno.test(`${c.use.name} agrees with its twin`, async () => {
    const { unit } = await check(c, { batch: 37, live: 33, members: 2 });
    await check(c, { batch: 3, accumulates: true });
    assertEquals(unit.graph.vars[unit.graph.output]!.shape, to);
  });
}

Deno.test("reshape refuses another number of elements, and what is no shape", () => {
  const apply = (shape: Shape) => () => trace("f", [[2, 6]], (_, [u]) => op({ u: u! }, { shape }));
  assertEquals(
    assertThrows(apply([2, 5]), ShapeError).message,
    "Cannot apply reshape as the product of shape must be 12 (from u of shape [2, 6]): current shape is [2, 5]",
  );
  assertEquals(
    assertThrows(apply([-1, 6]), OptionsError).message,
    "Cannot apply reshape as shape.0 must be an integer >= 1: current shape.0 is -1",
  );
});
