import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { gelu as op, type GeluOptions } from "../../src/ops/mod.ts";
import { geluExact, geluTanh } from "../twins/activations.ts";
import { assertAccurate, assertNaNStays, EXTREMES, grid, testPointwise } from "./pointwise.ts";

const gelu = (approximate: NonNullable<GeluOptions["approximate"]>) => ({
  name: `gelu ${approximate}`,
  op: ({ u }: Parameters<typeof op>[0]) => op({ u }, { approximate }),
  twin: approximate === "none" ? geluExact : geluTanh,
  terms: { v: 4, u: 8 },
});

testPointwise({ ...gelu("tanh"), name: "gelu", op: ({ u }) => op({ u }) });
testPointwise(gelu("none"));

Deno.test("gelu by tanh is accurate everywhere", async () => {
  const tanh = gelu("tanh");
  await assertAccurate(tanh, grid(-2, 13.9, 1001), { v: 2e-6, slope: 1e-6 });
  await assertAccurate(tanh, grid(-8, 2, 1001), { v: 3e-5, slope: 1e-6 });
  await assertAccurate(tanh, EXTREMES, { v: 1e-5, slope: 1e-6 });
});

Deno.test("gelu in the exact form is accurate everywhere", async () => {
  const exact = gelu("none");
  await assertAccurate(exact, grid(-2, 14.5, 1001), { v: 1e-6, slope: 1e-6 });
  await assertAccurate(exact, grid(-13, 0, 1001), { v: 2e-5, slope: 1e-6 });
  await assertAccurate(exact, EXTREMES, { v: 1e-5, slope: 1e-6 });
});

Deno.test("gelu of NaN is NaN", async () => {
  await assertNaNStays(gelu("tanh"));
  await assertNaNStays(gelu("none"));
});

Deno.test("gelu refuses another approximation", () => {
  const apply = () => trace("f", [[2]], (_, [u]) => op({ u: u! }, { approximate: "erf" as never }));
  assertEquals(
    assertThrows(apply, OptionsError).message,
    `Cannot apply gelu as approximate must be one of "tanh", "none": current approximate is "erf"`,
  );
});
