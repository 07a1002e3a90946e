import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { dense, leakyRelu as op, scale } from "../../src/ops/mod.ts";
import { leakyRelu as twin } from "../twins/activations.ts";
import { scale as scaleTwin } from "../twins/scale.ts";
import { denseCase, unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertAccurate, EXTREMES, testPointwise } from "./pointwise.ts";
import { chain } from "./twin.ts";

const leakyRelu = (negativeSlope: number) => ({
  name: `leakyRelu ${negativeSlope}`,
  op: ({ u }: Parameters<typeof op>[0]) => op({ u }, { negativeSlope }),
  twin: twin(negativeSlope),
  terms: { v: 1, u: 1 },
  point: (x: number) => x + Math.sign(x) / 8,
});

testPointwise({ ...leakyRelu(0.01), name: "leakyRelu", op: ({ u }) => op({ u }) });
testPointwise(leakyRelu(0.3));
testPointwise(leakyRelu(1));
testPointwise(leakyRelu(2));

Deno.test("leakyRelu is accurate everywhere; its slope at 0 is 1", async () => {
  await assertAccurate(leakyRelu(0.3), EXTREMES, { v: 1e-7, slope: 0 });
});

Deno.test("leakyRelu of NaN is NaN with the slope below 0, as in JAX", async () => {
  const { name, op, twin, terms } = leakyRelu(0.3);
  await check(unaryCase(name, [3], op, twin, terms), {
    batch: 1,
    values: { u: [NaN, 1, -1], vBar: [1, 1, 1] },
  });
});

Deno.test("leakyRelu joins the op before it, with its own constant", async () => {
  const c = denseCase({ dIn: 3, dOut: 6 });
  const between = (negativeSlope: number) =>
    check({
      use: {
        ...c.use,
        name: `leakyRelu ${negativeSlope} of ${c.use.name}`,
        call: ({ u, w, b }) =>
          scale({ u: op({ u: dense({ u: u!, w: w!, b }) }, { negativeSlope }) }, { factor: -0.75 }),
      },
      twin: chain(Object.keys(c.use.inputs), c.twin, twin(negativeSlope), scaleTwin(-0.75)),
      terms: Object.fromEntries(Object.entries(c.terms).map(([name, terms]) => [name, 2 * (terms + 2)])),
    }, { batch: 37, live: 33, members: 2 });
  const first = await between(0.01);
  assertEquals(first.unit.graph.nodes.map((n) => [n.op.name, n.epilogue?.op.name, n.epilogue?.constants]), [
    ["dense", "leakyRelu", { NEGATIVE_SLOPE: Math.fround(0.01) }],
    ["scale", undefined, undefined],
  ]);
  await between(0.3);
  await between(1);
});

Deno.test("leakyRelu refuses a slope that is not positive", () => {
  const apply = (negativeSlope: number) => () =>
    trace("f", [[2]], (_, [u]) => op({ u: u! }, { negativeSlope }));
  for (const [slope, text] of [[0, "0"], [-0.1, "-0.1"], [NaN, "NaN"]] as const) {
    assertEquals(
      assertThrows(apply(slope), OptionsError).message,
      `Cannot apply leakyRelu as negativeSlope must be a finite number > 0: current negativeSlope is ${text}`,
    );
  }
});
