/**
 * Runs the calls of a graph in float64, for one sample. Values that a call reads must be there.
 *
 * @module
 */
import { type Call, type Graph, readsOf } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/ndarray.ts";

type Numbers = Readonly<Record<string, Float64Array>>;
type Constants = Readonly<Record<string, number>>;

/** An op in float64: its functions by name, on tensors by name. */
type OpTwin = Readonly<Record<string, (x: Numbers, constants: Constants) => Float64Array>>;

const times = (factor: number, x: Float64Array) => x.map((value) => factor * value);
const at = (x: Float64Array, i: number) => x[i % x.length]!;

const TWINS: Readonly<Record<string, OpTwin>> = {
  add: {
    forward: ({ a, b }) => a!.map((x, i) => x + b![i]!),
    adjointA: ({ vBar }) => vBar!,
    adjointB: ({ vBar }) => vBar!,
  },
  sub: {
    forward: ({ a, b }) => a!.map((x, i) => x - b![i]!),
    adjointA: ({ vBar }) => vBar!,
    adjointB: ({ vBar }) => times(-1, vBar!),
  },
  scale: {
    forward: ({ u }, { FACTOR }) => times(FACTOR!, u!),
    adjointU: ({ vBar }, { FACTOR }) => times(FACTOR!, vBar!),
  },
  tanh: {
    forward: ({ u }) => u!.map(Math.tanh),
    adjointU: ({ v, vBar }) => vBar!.map((x, i) => x * (1 - v![i]! ** 2)),
  },
  // One channel, two taps, periodic: the padding is on the right.
  conv: {
    forward: ({ u, w, b }) => u!.map((x, i) => w![0]! * x + w![1]! * at(u!, i + 1) + (b?.[0] ?? 0)),
    adjointU: ({ w, vBar }) => vBar!.map((x, i) => w![0]! * x + w![1]! * at(vBar!, i + vBar!.length - 1)),
    adjointW: ({ u, vBar }) =>
      Float64Array.from([0, 1], (k) => vBar!.reduce((sum, x, i) => sum + x * at(u!, i + k), 0)),
    adjointB: ({ vBar }) => Float64Array.of(vBar!.reduce((a, b) => a + b, 0)),
  },
};

/** Runs calls; `values` and `bars` hold the tensors by their variables and take what is written. */
export function runCalls(
  graph: Graph,
  calls: readonly Call[],
  values: Map<number, Float64Array>,
  bars: Map<number, Float64Array>,
): void {
  for (const call of calls) {
    const { node, fn, writes, target, adds, slope } = call;
    const read = readsOf(call).map(({ name, bar, id }) => {
      const tensor = (bar ? bars : values).get(id);
      if (tensor?.length !== sizeOf(graph.vars[id]!.shape)) {
        throw new Error(
          `Cannot run ${node.op.name}.${fn} as ${name} must be there: current ${name} is ${tensor}`,
        );
      }
      return [name, tensor] as const;
    });
    const reads = Object.fromEntries(read.map(([name, tensor]) => [name ?? "residual", tensor]));
    const made = TWINS[node.op.name]![fn]!(reads, node.constants);
    const { residual } = reads;
    const result = residual ? made.map((x, i) => x + residual[i]!) : made;
    if (writes === "value") {
      values.set(
        target,
        node.epilogue ? TWINS[node.epilogue.op.name]!["forward"]!({ u: result }, {}) : result,
      );
      continue;
    }
    if (adds !== bars.has(target)) throw new Error(`Cannot add to what is not set: ${node.op.name}.${fn}`);
    const sum = adds ? result.map((x, i) => x + bars.get(target)![i]!) : result;
    const v = slope && values.get(target)!;
    bars.set(target, v ? TWINS[slope!.op.name]!["adjointU"]!({ v, vBar: sum }, {}) : sum);
  }
}
