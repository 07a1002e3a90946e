import { assert, assertEquals } from "@std/assert";
import {
  adjointCalls,
  type Call,
  forwardCalls,
  graphOf,
  innerReads,
  readsOf,
} from "../../src/graph/graph.ts";
import { key } from "../../src/random/mod.ts";
import { scratchOf, scratchStride } from "../../src/run/scratch.ts";
import { classicResNet } from "../../src/steppers/mod.ts";

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

/** Runs calls on buffers that remember whose tensor they hold: no call may find another's in the place of its own. */
function play(calls: readonly Call[], bars: boolean, keys: ReadonlyMap<number, string>): void {
  const holds = new Map<string, number>();
  for (const call of calls) {
    const reads = readsOf(call).filter(({ bar, id }) => bar === bars && keys.has(id)).map(({ id }) => id);
    for (const id of [...reads, ...call.adds ? [call.target] : []]) {
      assertEquals(holds.get(keys.get(id)!), id);
    }
    const target = keys.get(call.target);
    if (target === undefined) continue;
    assert(!reads.some((id) => keys.get(id) === target), "a call reads and writes one buffer");
    holds.set(target, call.target);
  }
}

Deno.test("a tensor of scratch stays until its last use, and no call reads and writes one buffer", () => {
  const { values, cotangents } = scratchOf(unit);
  play(forwardCalls(graph), false, values);
  play(adjoint, true, cotangents);
});

Deno.test("cotangents of many layers share few buffers, whatever the depth", () => {
  const { cotangents } = scratchOf(unit);
  const results = graph.nodes.filter(({ output }) => output !== graph.output);
  assertEquals([...cotangents.keys()].sort(), results.map(({ output }) => output).sort());
  const buffers = new Set(cotangents.values());
  assert(buffers.size <= 3 && results.length > 9, `${buffers.size} buffers for ${results.length} cotangents`);
  assertEquals(new Set([...buffers].map(scratchStride)), new Set([120]));
});
