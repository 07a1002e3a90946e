import { assertEquals, assertThrows } from "@std/assert";
import { MUL, SQUARE } from "../../shaders/bundle.ts";
import { besidesOf } from "../../src/graph/graph.ts";
import { defineOp } from "../../src/graph/op.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import type { Unit } from "../../src/run/model.ts";
import { mul, square } from "../twins/arithmetic.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import type { Tensors } from "./twin.ts";

/** The square, two elements a call. */
const PAIRS_OF_SQUARES = `
  import super::io::{u, setV, vBar, setUBar};
  fn forward(i: u32) {
    setV(2 * i, u(2 * i) * u(2 * i));
    setV(2 * i + 1, u(2 * i + 1) * u(2 * i + 1));
  }
`;

Deno.test("an op of one's own takes the functions that calls names from its blocked text", async () => {
  const op = defineOp({
    name: "square",
    inputs: ["u"],
    wgsl: SQUARE,
    shape: ({ u }) => u,
    blocked: { wgsl: [PAIRS_OF_SQUARES], calls: ({ u }) => ({ forward: u[0]! / 2 }) },
  });
  const c = unaryCase("square", [6], op, square, { v: 1, u: 2 });
  const { unit } = await check(c, { batch: 37, live: 33, members: 2 });
  assertEquals(unit.graph.nodes[0]!.blockedCalls, { forward: 3 });
});

Deno.test("a blocked text may compute element by element, or return summands", async () => {
  const SUMS = `
    import super::io::{u, setV, vBar, setUBar};
    fn forward(i: u32, j: u32) -> f32 { return f32(j + 1) * u(i); }
    fn adjointU(i: u32) { setUBar(i, 2415.0 * vBar(i)); }
  `; // 1 + ... + 69
  const own = (wgsl: string, blocked: string) =>
    defineOp({
      name: "own",
      inputs: ["u"],
      wgsl,
      shape: ({ u }) => u,
      ...wgsl === SUMS ? { summands: () => ({ forward: 69 }) } : {},
      blocked: { wgsl: [blocked], calls: ({ u }) => ({ forward: u[0]! }) },
    });
  const options = { batch: 37, live: 33, members: 2 };
  await check(unaryCase("own", [8], own(SQUARE, SQUARE), square, { v: 1, u: 2 }), options);
  const factor = 2415;
  const twin = {
    forward: ({ u }: Tensors) => u!.map((x) => factor * x),
    adjointU: (_: Tensors, vBar: Float64Array) => vBar.map((x) => factor * x),
    tangent: (_: Tensors, { u }: Tensors) => u!.map((x) => factor * x),
  };
  await check(unaryCase("own", [8], own(SUMS, SUMS), twin, { v: 69 * factor, u: 2 * factor }), options);
});

Deno.test("calls of functions that the blocked text lacks, and numbers that are none, are refused", () => {
  const told = (calls: Record<string, number>) => {
    const op = defineOp({
      name: "square",
      inputs: ["u"],
      wgsl: SQUARE,
      shape: ({ u }) => u,
      blocked: { wgsl: [PAIRS_OF_SQUARES], calls: () => calls },
    });
    return assertThrows(() => trace("f", [[6]], (_, [u]) => op({ u: u! })), TypeError).message;
  };
  const rule = "Cannot apply square as calls must say for functions of its blocked text how many there are: ";
  assertEquals(told({ forward: 3, adjointU: 3 }), `${rule}current calls.adjointU is 3`);
  assertEquals(told({ forward: 0 }), `${rule}current calls.forward is 0`);
  assertEquals(told({ forward: 2.5 }), `${rule}current calls.forward is 2.5`);
});

/** The product, with rules from a blocked text that takes an element a call. */
const blockedMul = (wgsl: string, rules: readonly string[]) =>
  defineOp({
    name: "mul",
    inputs: ["a", "b"],
    wgsl: MUL,
    shape: ({ a }) => a,
    blocked: { wgsl: [wgsl], calls: ({ a }) => Object.fromEntries(rules.map((rule) => [rule, a[0]!])) },
  });

/** The rules of a unit that are called along with others. */
const besidesIn = ({ graph, adjoint }: Unit) =>
  [...besidesOf(graph, adjoint).values()].flat().map(({ fn }) => fn);

/** The rule for a, which writes the cotangent of b, too. */
const BOTH_ADJOINTS_OF_MUL = `
  import super::io::{a, b, vBar, setABar, setBBar};
  fn adjointA(i: u32) {
    setABar(i, vBar(i) * b(i));
    setBBar(i, vBar(i) * a(i));
  }
`;

Deno.test("a blocked rule writes the cotangents of several parameters, of others only its own", async () => {
  const op = blockedMul(BOTH_ADJOINTS_OF_MUL, ["adjointA"]);
  const roles = ["parameter", "state", "constant"] as const;
  for (const a of roles) {
    for (const b of roles) {
      const use = {
        name: `mul of ${a} and ${b}`,
        inputs: { a: { role: a, shape: [70] }, b: { role: b, shape: [70] } },
        call: ({ a, b }: Readonly<Record<string, Var>>) => op({ a: a!, b: b! }),
      };
      const c = { use, twin: mul, terms: { v: 1, a: 1, b: 1 } };
      const { unit } = await check(c, { batch: 37, live: 33, members: 2 });
      await check(c, { batch: 3, members: 2, accumulates: true });
      assertEquals(besidesIn(unit), a === "parameter" && b === "parameter" ? ["adjointB"] : []);
    }
  }
});

Deno.test("each cotangent is written once where several blocked rules write several", async () => {
  const both = `
    import super::io::{a, b, vBar, setABar, setBBar};
    fn both(i: u32) {
      setABar(i, vBar(i) * b(i));
      setBBar(i, vBar(i) * a(i));
    }
    fn adjointA(i: u32) { both(i); }
    fn adjointB(i: u32) { both(i); }
  `;
  const op = blockedMul(both, ["adjointA", "adjointB"]);
  const parameter = { role: "parameter", shape: [70] } as const;
  const use = {
    name: "mul of parameters",
    inputs: { a: parameter, b: parameter },
    call: ({ a, b }: Readonly<Record<string, Var>>) => op({ a: a!, b: b! }),
  };
  const { unit } = await check({ use, twin: mul, terms: { v: 1, a: 1, b: 1 } }, { batch: 7, members: 2 });
  assertEquals(besidesIn(unit), ["adjointB"]);
});

Deno.test("a parameter that is read twice by a node has a call for each of its cotangents", async () => {
  const op = blockedMul(BOTH_ADJOINTS_OF_MUL, ["adjointA"]);
  const use = {
    name: "square of a parameter",
    inputs: { u: { role: "parameter", shape: [70] } as const },
    call: ({ u }: Readonly<Record<string, Var>>) => op({ a: u!, b: u! }),
  };
  const { unit } = await check({ use, twin: square, terms: { v: 1, u: 2 } }, { batch: 7, members: 2 });
  assertEquals(besidesIn(unit), []);
});
