import { assert, assertEquals } from "@std/assert";
import {
  adjointCalls,
  type Call,
  forwardCalls,
  type Graph,
  graphOf,
  innerReads,
  readsOf,
  recomputeCalls,
} from "../../src/graph/graph.ts";
import { defineOp } from "../../src/graph/op.ts";
import { defineStepper, type StateFunction } from "../../src/graph/stepper.ts";
import { constant } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray } from "../../src/ndarray.ts";
import { add, conv, relu, scale, sub, tanh } from "../../src/ops/mod.ts";
import { throwsExactly } from "../random/throws.ts";

const SHAPE = [1, 6];
const taps = () => new NdArray([1, -2], [1, 1, 2]);

/** u + conv(tanh(conv(u))); variables: u 0, first.w 1, first.b 2, second.w 3, inner 5, conv 6, sum 7. */
const residual = (frozen: string[] = []) =>
  defineStepper({
    name: "residual",
    parameters: { first: { w: taps(), b: new NdArray([0]) }, second: { w: taps() } },
    frozen,
    forward: (u, { first, second }) => {
      const inner = tanh({ u: conv({ u, w: first.w, b: first.b }) });
      return add({ a: u, b: conv({ u: inner, w: second.w }) });
    },
  }) as unknown as StateFunction;

/** A call as text: `conv.adjointU -> +5~ * tanh'`. */
const show = ({ node, fn, writes, target, adds, slope }: Call) =>
  `${node.op.name}.${fn} -> ${adds ? "+" : ""}${target}${writes === "value" ? "" : "~"}` +
  (slope ? ` * ${slope.op.name}'` : "");

const adjointOf = (graph: Graph, ...wants: boolean[]) => adjointCalls(graph, wants).map(show);

Deno.test("forward calls write the values in order", () => {
  const graph = graphOf(residual(), [SHAPE], true);
  assertEquals(graph.name, "residual");
  assertEquals(graph.output, 7);
  assertEquals(forwardCalls(graph).map(show), ["conv.forward -> 5", "conv.forward -> 7"]);
  assertEquals(forwardCalls(graph)[0], {
    node: graph.nodes[0]!,
    fn: "forward",
    writes: "value",
    target: 5,
    adds: false,
    slope: null,
  });
});

Deno.test("adjoint calls run from the result back: the first contribution sets, the last has the slope", () => {
  const graph = graphOf(residual(), [SHAPE], true);
  assertEquals(adjointOf(graph, true), [
    "add.adjointA -> 0~",
    "conv.adjointU -> 5~ * tanh'",
    "conv.adjointW -> 3~",
    "conv.adjointU -> +0~",
    "conv.adjointW -> 1~",
    "conv.adjointB -> 2~",
  ]);
  const [first, second] = adjointCalls(graph, [true]);
  assertEquals(first!.writes, { cotangentOf: "a" });
  assertEquals(second!.slope, graph.nodes[0]!.epilogue);
});

Deno.test("a state that is not wanted takes away its calls and no others", () => {
  assertEquals(adjointOf(graphOf(residual(), [SHAPE], true), false), [
    "conv.adjointU -> 5~ * tanh'",
    "conv.adjointW -> 3~",
    "conv.adjointW -> 1~",
    "conv.adjointB -> 2~",
  ]);
});

Deno.test("parameters that are not trained have no calls", () => {
  const graph = graphOf(residual(), [SHAPE], false);
  assertEquals(graph.trains, new Set());
  assertEquals(adjointOf(graph, true), [
    "add.adjointA -> 0~",
    "conv.adjointU -> 5~ * tanh'",
    "conv.adjointU -> +0~",
  ]);
  assertEquals(adjointOf(graph, false), []);
  assertEquals(adjointOf(graph), []);
});

Deno.test("frozen parameters have no calls, and nothing runs back past the last that is trained", () => {
  const first = graphOf(residual(["first"]), [SHAPE], true);
  assertEquals(first.trains, new Set([3, 7]));
  assertEquals(adjointOf(first, false), ["conv.adjointW -> 3~"]);
  const bias = graphOf(residual(["first.b"]), [SHAPE], true);
  assertEquals(bias.trains, new Set([1, 3, 5, 7]));
  assertEquals(adjointOf(bias, false), [
    "conv.adjointU -> 5~ * tanh'",
    "conv.adjointW -> 3~",
    "conv.adjointW -> 1~",
  ]);
  assertEquals(graphOf(residual(["first", "second.w"]), [SHAPE], true).trains, new Set());
});

Deno.test("a variable given twice to one op gets two contributions", () => {
  const double = (u: Var) => add({ a: u, b: u });
  assertEquals(adjointOf(graphOf(double, [SHAPE], false), true), [
    "add.adjointA -> 0~",
    "add.adjointB -> +0~",
  ]);
});

Deno.test("the slope stands at the last of several contributions to a fused result", () => {
  const branches = (u: Var) => {
    const inner = relu({ u: conv({ u, w: constant(taps()) }) });
    return add({ a: scale({ u: inner }, { factor: 2 }), b: sub({ a: inner, b: inner }) });
  };
  assertEquals(adjointOf(graphOf(branches, [SHAPE], false), true), [
    "add.adjointA -> 4~",
    "sub.adjointA -> 3~",
    "sub.adjointB -> +3~",
    "scale.adjointU -> +3~ * relu'",
    "conv.adjointU -> 0~",
  ]);
});

Deno.test("constants have no cotangent, and states only those that are wanted", () => {
  const residuum = (next: Var, previous: Var) =>
    sub({ a: next, b: conv({ u: previous, w: constant(taps()) }) });
  const graph = graphOf(residuum, [SHAPE, SHAPE], false);
  const all = ["sub.adjointA -> 0~", "sub.adjointB -> 3~", "conv.adjointU -> 1~"];
  assertEquals(adjointOf(graph, true, true), all);
  assertEquals(adjointOf(graph, true, false), all.slice(0, 1));
  assertEquals(adjointOf(graph, false, true), all.slice(1));
  assertEquals(adjointOf(graph, false, false), []);
});

Deno.test("calls for fewer wants are some of the calls for more, unchanged and in order", () => {
  const mixed: StateFunction = (a: Var, b: Var, c: Var) => {
    const ab = tanh({ u: add({ a, b }) });
    const bc = relu({ u: sub({ a: b, b: c }) });
    return add({
      a: add({ a: ab, b: sub({ a: bc, b: ab }) }),
      b: scale({ u: add({ a: c, b: a }) }, { factor: 2 }),
    });
  };
  const graph = graphOf(mixed, [SHAPE, SHAPE, SHAPE], false);
  const all = adjointOf(graph, true, true, true);
  for (let bits = 0; bits < 8; bits++) {
    const fewer = adjointOf(graph, ...[1, 2, 4].map((bit) => (bits & bit) > 0));
    assertEquals(all.filter((call) => fewer.includes(call)), fewer);
    assertEquals(fewer.length > 0, bits > 0);
  }
});

Deno.test("an op without a rule on the way is named; off the way it may lack one", () => {
  const gate = defineOp({
    name: "gate",
    inputs: ["u", "w"],
    wgsl: `
      import super::io::{u, w, setV, vBar, setUBar};
      fn forward(i: u32) { setV(i, u(i) * w(i)); }
      fn adjointU(i: u32) { setUBar(i, vBar(i) * w(i)); }`,
    shape: ({ u }) => u,
  });
  const gated: StateFunction = function gated(a: Var, b: Var) {
    return gate({ u: a, w: b });
  };
  const graph = graphOf(gated, [SHAPE, SHAPE], false);
  assertEquals(adjointOf(graph, true, false), ["gate.adjointU -> 0~"]);
  throwsExactly(
    () => adjointCalls(graph, [false, true]),
    TypeError,
    "Cannot differentiate gated as op gate must have a rule adjointW: current functions are forward, adjointU",
  );
});

Deno.test("readsOf names the tensors that the function of a call reaches", () => {
  const graph = graphOf(residual(), [SHAPE], true);
  const reads = (call: Call) => readsOf(call).map(({ name, bar, id }) => `${name} ${id}${bar ? "~" : ""}`);
  assertEquals(forwardCalls(graph).map(reads), [["u 0", "w 1", "b 2"], ["u 5", "w 3", "null 0"]]);
  assertEquals(adjointCalls(graph, [true]).map(reads), [
    ["vBar 7~"],
    ["w 3", "vBar 7~"],
    ["u 5", "vBar 7~"],
    ["w 1", "vBar 5~"],
    ["u 0", "vBar 5~"],
    ["vBar 5~"],
  ]);
  const last = graphOf((u: Var) => tanh({ u }), [SHAPE], false);
  assertEquals(adjointCalls(last, [true]).map(reads), [["v 1", "vBar 1~"]]);
});

Deno.test("innerReads are results that adjoints or slopes read, without states, parameters and the result", () => {
  const innerOf = (graph: Graph, ...wants: boolean[]) => [...innerReads(graph, adjointCalls(graph, wants))];
  assertEquals(innerOf(graphOf(residual(), [SHAPE], true), false), [5]);
  assertEquals(innerOf(graphOf(residual(["second"]), [SHAPE], true), false), [5]); // by the slope alone
  assertEquals(innerOf(graphOf(residual(["first"]), [SHAPE], true), true), [5]);
  assertEquals(innerOf(graphOf((u: Var) => tanh({ u }), [SHAPE], false), true), []);
  assertEquals(innerOf(graphOf((u: Var) => tanh({ u: tanh({ u }) }), [SHAPE], false), true), [1]);
  const linear = (u: Var) => scale({ u: scale({ u }, { factor: 2 }) }, { factor: 2 });
  assertEquals(innerOf(graphOf(linear, [SHAPE], false), true), []);
  assertEquals(innerReads(graphOf(residual(), [SHAPE], true), []), new Set());
});

Deno.test("recomputeCalls are the forward calls that lead to what is wanted", () => {
  const chain = (u: Var) => {
    const a = tanh({ u });
    const b = tanh({ u: a });
    const c = tanh({ u });
    return add({ a: tanh({ u: b }), b: c });
  };
  const graph = graphOf(chain, [SHAPE], false);
  const callsOf = (...wanted: number[]) => recomputeCalls(graph, new Set(wanted)).map(show);
  assertEquals(callsOf(1), ["tanh.forward -> 1"]);
  assertEquals(callsOf(2), ["tanh.forward -> 1", "tanh.forward -> 2"]);
  assertEquals(callsOf(3, 1), ["tanh.forward -> 1", "tanh.forward -> 3"]);
  assertEquals(callsOf(), []);
  const wanted = new Set([2]);
  recomputeCalls(graph, wanted);
  assert(wanted.size === 1, "the set that is given stays as it is");
});
