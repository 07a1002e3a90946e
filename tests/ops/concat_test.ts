import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { type Shape, sizeOf } from "../../src/ndarray.ts";
import { concat as op } from "../../src/ops/mod.ts";
import { concat as twin } from "../twins/shape.ts";
import { type Case, check } from "./check.ts";
import { assertTwin } from "./twin.ts";

const concatCase = (a: Shape, b: Shape, role: "state" | "parameter" = "state"): Case => ({
  use: {
    name: `concat [${a}] and [${b}], b is a ${role}`,
    inputs: { a: { role: "state", shape: a }, b: { role, shape: b } },
    call: ({ a, b }) => op({ a: a!, b: b! }),
  },
  twin: twin(sizeOf(a), sizeOf(b)),
  terms: { v: 0, a: 0, b: 0 },
});

Deno.test("concat twin has the tangent of differences and its transpose", () => {
  assertTwin("concat", twin(3, 5), { a: 3, b: 5 });
});

const SHAPES: readonly (readonly [Shape, Shape])[] = [[[1], [1]], [[3], [4]], [[2, 33], [1, 33]], [
  [1, 3, 5],
  [
    2,
    3,
    5,
  ],
]];

for (const [a, b] of SHAPES) {
  const c = concatCase(a, b);
  Deno.test(`${c.use.name} agrees with its twin`, async () => {
    const { unit } = await check(c, { batch: 37, live: 33, members: 2 });
    await check(c, { batch: 3, accumulates: true });
    assertEquals(unit.graph.vars[unit.graph.output]!.shape, [a[0]! + b[0]!, ...a.slice(1)]);
  });
}

Deno.test("concat with a parameter adds its cotangent over the batch", async () => {
  const c = concatCase([2, 5], [1, 5], "parameter");
  await check({ ...c, terms: { v: 0, a: 0, b: 1 } }, { batch: 70, live: 66 });
});

Deno.test("concat of a state with itself gives it both cotangents", async () => {
  const use = {
    name: "concat with itself",
    inputs: { u: { role: "state", shape: [2, 3] } },
    call: ({ u }: Parameters<Case["use"]["call"]>[0]) => op({ a: u!, b: u! }),
  } as const;
  const both = twin(6, 6);
  await check({
    use,
    twin: {
      forward: ({ u }) => both.forward({ a: u!, b: u! }),
      tangent: (x, { u }) => both.tangent(x, { a: u!, b: u! }),
      adjointU: (_, vBar) => vBar.slice(0, 6).map((x, i) => x + vBar[6 + i]!),
    },
    terms: { v: 0, u: 2 },
  }, { batch: 3, members: 2 });
});

Deno.test("concat refuses unequal axes behind the channels", () => {
  const apply = (a: Shape, b: Shape) => () => trace("f", [a, b], (_, [a, b]) => op({ a: a!, b: b! }));
  const must = "Cannot apply concat as a and b must have equal axes behind the channels: current shapes are";
  assertEquals(assertThrows(apply([2, 5], [2, 6]), ShapeError).message, `${must} a [2, 5] and b [2, 6]`);
  assertEquals(assertThrows(apply([2, 5], [10]), ShapeError).message, `${must} a [2, 5] and b [10]`);
});
