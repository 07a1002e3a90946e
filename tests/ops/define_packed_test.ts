import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MUL } from "../../shaders/bundle.ts";
import { defineOp } from "../../src/graph/op.ts";
import type { Packed, PackedOrder } from "../../src/graph/op_form.ts";
import { trace } from "../../src/graph/trace.ts";
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

Deno.test("a function that reads in an order that nobody gives is refused", () => {
  const told = (packed: Readonly<Record<string, Packed<"a" | "b">>>) =>
    assertThrows(() => product(packed as never), TypeError).message;
  const rule =
    "Cannot define op mul as packed must give an order for each input that a function reads packed: forward reads b, ";
  assertEquals(told({}), `${rule}current packed.forward is none`);
  assertEquals(told({ forward: { ...REVERSED, input: "a" } }), `${rule}current packed.forward is of a`);
});

Deno.test("orders that do not end in fours, or name no element, are refused", async () => {
  const told = async (order: PackedOrder) => {
    const op = product({ forward: { input: "b", order: () => order } });
    return String(await assertRejects(() => run(gpu, useOf(op, "parameter"), { batch: 2 })));
  };
  assertEquals(
    await told({ shape: [4, 6], elementAt: () => 0 }),
    "TypeError: Cannot pack for mul.forward as the order must have a shape whose last axis is a multiple of 4: " +
      "current shape is [4, 6]",
  );
  for (const element of [32, -1, 0.5, NaN]) {
    assertEquals(
      await told({ shape: [8, 4], elementAt: ([four]) => four === 2 ? element : null }),
      "RangeError: Cannot pack for mul.forward as elementAt must give an integer in [0, 32) or null: " +
        `current elementAt([2, 0]) is ${element}`,
    );
  }
});

Deno.test("ops of one name and constants have orders of their own", async () => {
  const forward: Packed<"b"> = { ...REVERSED, order: () => ({ shape: [8, 4], elementAt: () => null }) };
  const [one, other] = [product(), product({ forward })];
  const use: Use = {
    name: "both",
    inputs: { a: { role: "state", shape: [32] }, b: { role: "parameter", shape: [32] } },
    call: ({ a, b }) => other({ a: one({ a: a!, b: b! }), b: b! }),
  };
  const { memory, after } = await run(gpu, use, { batch: 1 });
  const { key, at } = memory.outputAt(0, 0);
  assertEquals(new Set(after.get(key)!.subarray(at, at + 32).map(Math.abs)), new Set([0]));
});

Deno.test("an optional input that is left out is not packed", () => {
  const op = defineOp({
    name: "own",
    inputs: ["a"],
    optional: ["b"],
    wgsl: "import super::io::{a, setV}; fn forward(i: u32) { setV(i, a(i)); }",
    shape: ({ a }) => a,
    constants: ({ a }) => ({ N: a[0]! }),
    blocked: {
      wgsl: ["import super::io::{bPacked4, setV4}; fn forward(i: u32) { setV4(4 * i, bPacked4(i)); }"],
      calls: ({ a }) => ({ forward: a[0]! / 4 }),
      packed: { forward: REVERSED },
    },
  });
  const { nodes } = trace("f", [[8]], (_, [a]) => op({ a: a! }));
  assertEquals(nodes[0]!.blockedCalls, {});
});

Deno.test("an input may not bear the name of a packed one", () => {
  assertThrows(
    () => defineOp({ name: "own", inputs: ["uPacked"], wgsl: "fn forward(i: u32) {}", shape: () => [1] }),
    SyntaxError,
    "names in Bar, Packed, 4 or set): current inputs are uPacked",
  );
});
