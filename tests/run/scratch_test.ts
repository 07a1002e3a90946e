import { assert, assertEquals } from "@std/assert";
import {
  adjointCalls,
  type Call,
  forwardCalls,
  type Graph,
  graphOf,
  innerReads,
  readsOf,
} from "../../src/graph/graph.ts";
import { key } from "../../src/random/mod.ts";
import { isHandedOn, scratchOf, scratchStride } from "../../src/run/scratch.ts";
import * as ops from "../../src/ops/mod.ts";
import { classicResNet } from "../../src/steppers/mod.ts";
import type { Var } from "../../src/graph/var.ts";
import { numbers } from "../ops/use.ts";

const resNet = classicResNet({
  spatialDims: 1,
  inChannels: 1,
  outChannels: 1,
  hiddenChannels: 6,
  numBlocks: 4,
  key: key(0),
});
const graph = graphOf(resNet, [[1, 20]], true);
const adjoint = adjointCalls(graph, [true]);
const unit = { graph, adjoint, kept: innerReads(graph, adjoint) };

type Placed = Parameters<typeof scratchOf>[0];

const placedOf = (graph: Graph): Placed => {
  const adjoint = adjointCalls(graph, [true]);
  return { graph, adjoint, kept: innerReads(graph, adjoint) };
};

/**
 * Runs calls on buffers that remember whose tensors they hold, several where one has been handed on: no call may find
 * another's in the place of its own, or read what it writes.
 */
function play(
  unit: Placed,
  calls: readonly Call[],
  bars: boolean,
  keyOf: (id: number) => string | undefined,
): void {
  const held = new Map<string, Set<number>>();
  const requireHeld = (id: number, what: string) => {
    const key = keyOf(id);
    if (key !== undefined) {
      assert(held.get(key)?.has(id), `${what} of ${id} finds ${[...held.get(key) ?? []]} in ${key}`);
    }
  };
  for (const call of calls) {
    const reads = readsOf(call).filter(({ bar }) => bar === bars).map(({ id }) => id);
    for (const id of reads) if (!bars || id !== unit.graph.output) requireHeld(id, "a read");
    if (call.adds) requireHeld(call.target, "an addition");
    const target = keyOf(call.target);
    if (target === undefined) continue;
    if (isHandedOn(unit, call)) {
      assertEquals(keyOf(call.node.output), target);
      held.set(target, new Set([...held.get(target) ?? [], call.target]));
    } else {
      assert(!reads.some((id) => keyOf(id) === target), "a call reads and writes one buffer");
      held.set(target, new Set([call.target]));
    }
  }
}

function playAll(unit: Placed): void {
  const { values, cotangents, heirs } = scratchOf(unit);
  play(unit, forwardCalls(unit.graph), false, (id) => values.get(id));
  const { output } = unit.graph;
  const barOf = (id: number) => (heirs.get(id) ?? id) === output ? "output" : cotangents.get(id);
  play(unit, unit.adjoint, true, barOf);
}

Deno.test("a tensor of scratch stays until its last use, and no call reads and writes one buffer", () => {
  playAll(unit);
});

Deno.test("the cotangents of a sum take its place, along all residual blocks", () => {
  const { heirs, cotangents } = scratchOf(unit);
  const sums = graph.nodes.flatMap(({ residual }) => residual ? [residual] : []);
  assertEquals(sums.length, 4);
  assertEquals([...heirs.keys()].sort(), sums.map(({ id }) => id).sort());
  for (const id of heirs.keys()) assertEquals(cotangents.get(id), cotangents.get(sums.at(-1)!.sum.output));
  assert(adjoint.filter((call) => isHandedOn(unit, call)).every(({ node }) => node.op.name === "add"));
});

/** The graph of a function of one state of 8 elements. */
const graphOfOps = (f: (u: Var) => Var) => graphOf(f, [[8]], true);
/** The inputs of sums whose cotangents are handed on, as which sum and which of its inputs. */
const handedOn = (f: (u: Var) => Var): string[] => {
  const unit = placedOf(graphOfOps(f));
  const sums = unit.graph.nodes.map(({ op, residual }, i, nodes) =>
    op.name === "add" ? nodes[i]! : residual?.sum
  ).filter((sum) => sum !== undefined);
  return unit.adjoint.filter((call) => isHandedOn(unit, call))
    .map(({ node, fn }) => `${sums.indexOf(node)} ${fn}`);
};

Deno.test("a cotangent is handed on only to an inner result that nothing changes before the other was read", () => {
  const half = (u: Var) => ops.tanh({ u }); // whose adjoint reads its result, so that no sum joins it
  const end = (u: Var) => ops.scale({ u }, { factor: 2 });
  assertEquals(handedOn((u) => end(ops.add({ a: half(u), b: half(u) }))), ["0 adjointA", "0 adjointB"]);
  assertEquals(handedOn((u) => end(ops.add({ a: u, b: half(u) }))), ["0 adjointB"], "not to a state");
  assertEquals(
    handedOn((u) => ops.add({ a: half(u), b: half(u) })),
    ["0 adjointA", "0 adjointB"],
    "from the result",
  );
  assertEquals(
    handedOn((u) => {
      const h = half(u);
      return ops.add({ a: h, b: half(h) });
    }),
    ["0 adjointB"],
    "no addition to the cotangent of the result",
  );
  assertEquals(
    handedOn((u) => {
      const h = half(u);
      return end(ops.add({ a: h, b: h }));
    }),
    [],
    "the second contribution would double the first in its place",
  );
  assertEquals(
    handedOn((u) => {
      const h = half(u);
      const k = half(h);
      return end(ops.add({ a: ops.add({ a: h, b: k }), b: half(k) }));
    }),
    ["1 adjointA", "1 adjointB", "0 adjointA"],
    "k gets a contribution first from elsewhere",
  );
});

Deno.test("the cotangent of a sum that joined its summand is handed on to the other one", () => {
  const layer = (u: Var) => ops.scale({ u }, { factor: 2 });
  assertEquals(handedOn((u) => layer(ops.add({ a: ops.tanh({ u }), b: layer(u) }))), ["0 adjointA"]);
  assertEquals(handedOn((u) => layer(ops.add({ a: layer(u), b: u }))), []);
});

Deno.test("places are right for random functions of sums", () => {
  const random = numbers(7);
  const pick = (n: number) => Math.floor(Math.abs(random()) * n);
  let numHandedOn = 0;
  for (let round = 0; round < 1000; round++) {
    const graph = graphOfOps((u) => {
      const vars = [u];
      for (let i = 0; i < 2 + pick(9); i++) {
        const [a, b] = [vars[pick(vars.length)]!, vars.at(-1 - pick(Math.min(3, vars.length)))!];
        vars.push(
          [
            () => ops.add({ a, b }),
            () => ops.scale({ u: b }, { factor: 2 }),
            () => ops.mul({ a, b }),
            () => ops.relu({ u: b }),
          ][pick(4)]!(),
        );
      }
      return vars.at(-1)!;
    });
    const unit = placedOf(graph);
    numHandedOn += unit.adjoint.filter((call) => isHandedOn(unit, call)).length;
    playAll(unit);
  }
  assert(numHandedOn > 100, `${numHandedOn} calls`);
});

Deno.test("cotangents of many layers share few buffers, whatever the depth", () => {
  const { cotangents } = scratchOf(unit);
  const results = graph.nodes.filter(({ output }) => output !== graph.output);
  assertEquals([...cotangents.keys()].sort(), results.map(({ output }) => output).sort());
  const buffers = new Set(cotangents.values());
  assert(buffers.size <= 3 && results.length > 8, `${buffers.size} buffers for ${results.length} cotangents`);
  assertEquals(new Set([...buffers].map(scratchStride)), new Set([120]));
});
