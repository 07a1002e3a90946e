import { assertEquals } from "@std/assert";
import { dense, identity as op } from "../../src/ops/mod.ts";
import { identity as twin } from "../twins/activations.ts";
import { denseCase, unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertAccurate, EXTREMES, testPointwise } from "./pointwise.ts";

const IDENTITY = { name: "identity", op, twin, terms: { v: 0, u: 0 } };

testPointwise(IDENTITY);

Deno.test("identity gives every number back", async () => {
  await assertAccurate(IDENTITY, EXTREMES, { v: 0, slope: 0 });
  await check(unaryCase("identity", [2], op, twin, IDENTITY.terms), { batch: 1, values: { u: [NaN, 1] } });
});

Deno.test("identity between two ops joins the first and changes nothing", async () => {
  const c = denseCase({ dIn: 3, dOut: 5 });
  const { unit } = await check({
    ...c,
    use: { ...c.use, call: ({ u, w, b }) => op({ u: op({ u: dense({ u: u!, w: w!, b }) }) }) },
  }, { batch: 5, live: 4, members: 2 });
  assertEquals(unit.graph.nodes.map((n) => [n.op.name, n.epilogue?.op.name]), [
    ["dense", "identity"],
    ["identity", undefined],
  ]);
});
