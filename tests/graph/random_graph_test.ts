import { assert, assertAlmostEquals } from "@std/assert";
import fc from "fast-check";
import {
  adjointCalls,
  forwardCalls,
  type Graph,
  graphOf,
  innerReads,
  recomputeCalls,
} from "../../src/graph/graph.ts";
import { defineStepper, type StateFunction } from "../../src/graph/stepper.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray, sizeOf } from "../../src/ndarray.ts";
import { add, conv, scale, sub, tanh } from "../../src/ops/mod.ts";
import { runCalls } from "./calls_twin.ts";

const DRAWS = { seed: 20250202, numRuns: 300 };
const SHAPE = [1, 3];
const PARAMETERS = { w: new NdArray([0.75, -0.5], [1, 1, 2]), b: new NdArray([0.25]) };

/** One line of a random function; numbers pick variables made so far. */
interface Line {
  readonly op: "add" | "sub" | "scale" | "tanh" | "conv" | "biased";
  readonly first: number;
  readonly second: number;
}

/** A stepper that runs the lines; its result is the sum of the last two variables. */
function stepperOf(lines: readonly Line[]): StateFunction {
  return defineStepper({
    name: "random",
    parameters: PARAMETERS,
    forward: (u, { w, b }) => {
      const vars = [u];
      for (const { op, first, second } of lines) {
        const [x, y] = [first, second].map((pick) => vars[vars.length - 1 - pick % vars.length]!) as [
          Var,
          Var,
        ];
        if (op === "add") vars.push(add({ a: x, b: y }));
        else if (op === "sub") vars.push(sub({ a: x, b: y }));
        else if (op === "scale") vars.push(scale({ u: x }, { factor: 0.5 }));
        else if (op === "tanh") vars.push(tanh({ u: x }));
        else vars.push(conv({ u: x, w, b: op === "biased" ? b : undefined }));
      }
      return add({ a: vars.at(-1)!, b: vars.at(-2) ?? u });
    },
  }) as unknown as StateFunction;
}

const pick = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 5);
const steppers = fc.array(
  fc.record<Line>({
    op: fc.constantFrom("add", "sub", "scale", "tanh", "tanh", "conv", "biased"),
    first: pick,
    second: pick,
  }),
  { maxLength: 8 },
);

/** The values of state and parameters, by their variables, each moved along its own direction. */
function sourcesOf(graph: Graph, move: ReadonlyMap<number, number> = new Map()): Map<number, Float64Array> {
  return new Map(graph.vars.flatMap(({ id, shape, source }) => {
    if (source.kind === "result") return [];
    const value = source.kind === "parameter"
      ? PARAMETERS[source.path as "w" | "b"].data
      : Float64Array.from({ length: sizeOf(shape) }, (_, i) => 0.4 - 0.3 * i);
    const step = move.get(id) ?? 0;
    return [[id, Float64Array.from(value, (x, i) => x + step * direction(i))]];
  }));
}

const direction = (i: number) => 1 - 0.7 * i;
const SEED = Float64Array.of(0.5, -1, 2);
const dot = (a: Float64Array, b: (i: number) => number) => a.reduce((sum, x, i) => sum + x * b(i), 0);

/** <seed, result> with one source moved. */
function objective(graph: Graph, id: number, step: number): number {
  const values = sourcesOf(graph, new Map([[id, step]]));
  runCalls(graph, forwardCalls(graph), values, new Map());
  return dot(values.get(graph.output)!, (i) => SEED[i]!);
}

Deno.test("adjoint calls of random functions give their derivative, from the inner results they name", () => {
  fc.assert(
    fc.property(steppers, (lines) => {
      const graph = graphOf(stepperOf(lines), [SHAPE], true);
      const calls = adjointCalls(graph, [true]);
      const values = sourcesOf(graph);
      runCalls(graph, forwardCalls(graph), values, new Map());
      const inner = innerReads(graph, calls);
      const kept = new Map(
        [...values].filter(([id]) =>
          inner.has(id) || id === graph.output || graph.vars[id]!.source.kind !== "result"
        ),
      );
      const bars = new Map([[graph.output, SEED]]);
      runCalls(graph, calls, kept, bars);
      for (const id of sourcesOf(graph).keys()) {
        const h = 1e-4;
        const difference = (objective(graph, id, h) - objective(graph, id, -h)) / (2 * h);
        assertAlmostEquals(dot(bars.get(id) ?? new Float64Array(), direction), difference, 1e-6);
      }
    }),
    DRAWS,
  );
});

Deno.test("recomputed inner results of random functions are those of the forward calls", () => {
  fc.assert(
    fc.property(steppers, (lines) => {
      const graph = graphOf(stepperOf(lines), [SHAPE], true);
      const inner = innerReads(graph, adjointCalls(graph, [true]));
      const [values, again] = [sourcesOf(graph), sourcesOf(graph)];
      runCalls(graph, forwardCalls(graph), values, new Map());
      runCalls(graph, recomputeCalls(graph, inner), again, new Map());
      for (const id of inner) assert(again.get(id)!.every((x, i) => Object.is(x, values.get(id)![i])));
    }),
    DRAWS,
  );
});
