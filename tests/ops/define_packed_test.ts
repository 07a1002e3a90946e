import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MUL } from "../../shaders/bundle.ts";
import { defineOp, type Packed } from "../../src/graph/op.ts";
import { mul } from "../twins/arithmetic.ts";
import { check } from "./check.ts";
import { gpu } from "./device.ts";
import { run } from "./harness.ts";
import type { Use } from "./use.ts";

/** Two fields multiplied, four elements a call, the second one read from its end on. */
const FOURS_OF_PRODUCTS = `
  import super::io::{N, a4, bPacked4, setV4};
  fn forward(i: u32) { setV4(4 * i, a4(4 * i) * bPacked4(N / 4 - 1 - i)); }
`;

/** From the end on, so that the element at place i is N - 1 - i. */
const REVERSED: Packed<"b"> = {
  input: "b",
  order: ({ N }) => ({ shape: [N! / 4, 4], elementAt: ([four, i]) => N! - 4 - 4 * four! + i! }),
};

const product = (packed: Readonly<Record<string, Packed<"b">>> = { forward: REVERSED }) =>
  defineOp({
    name: "mul",
    inputs: ["a", "b"],
    wgsl: MUL,
    shape: ({ a }) => a,
    constants: ({ a }) => ({ N: a[0]! }),
    blocked: { wgsl: [FOURS_OF_PRODUCTS], calls: ({ a }) => ({ forward: a[0]! / 4 }), packed },
  });

function useOf(op: ReturnType<typeof product>, role: "parameter" | "constant" | "state", n = 32): Use {
  return {
    name: "mul",
    inputs: { a: { role: "state", shape: [n] }, b: { role, shape: [n] } },
    call: ({ a, b }) => op({ a: a!, b: b! }),
  };
}

for (const role of ["parameter", "constant", "state"] as const) {
  Deno.test(`a function reads a ${role} in an order of its own where samples share it`, async () => {
    const { unit } = await check(
      { use: useOf(product(), role), twin: mul, terms: { v: 1, a: 1, b: 1 } },
      { batch: 5, live: 4, members: 2 },
    );
    assertEquals(unit.graph.nodes[0]!.blockedCalls, role === "state" ? {} : { forward: 8 });
  });
}

Deno.test("a function that reads in an order that nobody gives is refused", async () => {
  const error = await assertRejects(() => run(gpu, useOf(product({}), "parameter"), { batch: 2 }), TypeError);
  assertEquals(
    error.message,
    "Cannot compile mul.forward as packed must give the order in which it reads bPacked: current packed.forward is undefined",
  );
});

Deno.test("an input may not bear the name of a packed one", () => {
  assertThrows(
    () => defineOp({ name: "own", inputs: ["uPacked"], wgsl: "fn forward(i: u32) {}", shape: () => [1] }),
    SyntaxError,
    "names in Bar, Packed, 4 or set): current inputs are uPacked",
  );
});
