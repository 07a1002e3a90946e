import { assert, assertEquals } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import { defineOp } from "../../src/graph/op.ts";
import { defineStepper, type StateFunction } from "../../src/graph/stepper.ts";
import { constant, type Trace, traceStateFunction } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray } from "../../src/ndarray.ts";
import { add, conv, scale, sub, tanh } from "../../src/ops/mod.ts";
import { throwsExactly } from "../random/throws.ts";

const SHAPE = [1, 6];
const stencil = () => new NdArray([1, -2], [1, 1, 2]);

const convStepper = defineStepper({
  name: "conv",
  parameters: { layers: [{ weight: new NdArray([1, 2, 3], [1, 1, 3]), bias: new NdArray([0]) }] },
  forward: (u, p) => conv({ u, w: p.layers[0]!.weight, b: p.layers[0]!.bias }, { boundary: "zeros" }),
}) as unknown as StateFunction;

const callsOf = ({ nodes }: Trace) =>
  nodes.map(({ op, inputs, output }) => `${output} = ${op.name} ${JSON.stringify(inputs)}`);

Deno.test("a stepper is traced into variables with their sources, and the calls of its ops", () => {
  const { name, vars, nodes, output } = traceStateFunction(convStepper, [SHAPE]);
  assertEquals(name, "conv");
  assertEquals(vars, [
    { id: 0, shape: SHAPE, source: { kind: "state", index: 0 } },
    { id: 1, shape: [1, 1, 3], source: { kind: "parameter", path: "layers.0.weight" } },
    { id: 2, shape: [1], source: { kind: "parameter", path: "layers.0.bias" } },
    { id: 3, shape: SHAPE, source: { kind: "result" } },
  ]);
  const [{ constants, ...node }] = nodes as [Trace["nodes"][number]];
  assertEquals(node, {
    op: conv,
    inputs: { u: 0, w: 1, b: 2 },
    output: 3,
    summands: { adjointW: 6, adjointB: 6 },
    blockedCalls: {},
  });
  const { C_IN, C_OUT, N_X, K_X, PAD_X, BOUNDARY } = constants;
  assertEquals([C_IN, C_OUT, N_X, K_X, PAD_X, BOUNDARY], [1, 1, 6, 3, 1, 1]);
  assertEquals(output, 3);
});

Deno.test("a function of several states numbers them in order", () => {
  const residuum: StateFunction = (next: Var, previous: Var) => sub({ a: next, b: tanh({ u: previous }) });
  const traced = traceStateFunction(residuum, [SHAPE, [1, 6]]);
  assertEquals(traced.name, "residuum");
  assertEquals(traced.vars.map(({ source }) => source), [
    { kind: "state", index: 0 },
    { kind: "state", index: 1 },
    { kind: "result" },
    { kind: "result" },
  ]);
  assertEquals(callsOf(traced), ['2 = tanh {"u":1}', '3 = sub {"a":0,"b":2}']);
});

Deno.test("a function without a name is called function", () => {
  const anonymous = [(u: Var) => tanh({ u })][0]!;
  assertEquals(traceStateFunction(anonymous as StateFunction, [SHAPE]).name, "function");
});

Deno.test("calls that the result does not depend on are dropped, and the others keep their order", () => {
  const traced = traceStateFunction((u: Var) => {
    const a = tanh({ u });
    const dead = scale({ u: a }, { factor: 2 });
    add({ a: dead, b: dead });
    const b = scale({ u }, { factor: 3 });
    return add({ a: b, b: a });
  }, [SHAPE]);
  assertEquals(callsOf(traced), ['1 = tanh {"u":0}', '4 = scale {"u":0}', '5 = add {"a":4,"b":1}']);
  assertEquals(traced.nodes[1]!.constants, { FACTOR: 3 });
});

Deno.test("an optional input that is undefined is left out", () => {
  const traced = traceStateFunction(
    (u: Var) => conv({ u, w: constant(stencil()), b: undefined }),
    [SHAPE],
  );
  assertEquals(Object.keys(traced.nodes[0]!.inputs), ["u", "w"]);
});

Deno.test("a constant is one variable for each array", () => {
  const [a, b] = [stencil(), stencil()];
  const { vars } = traceStateFunction((u: Var) => {
    const v = conv({ u, w: constant(a) });
    return conv({ u: conv({ u: v, w: constant(a) }), w: constant(b) });
  }, [SHAPE]);
  const constants = vars.filter(({ source }) => source.kind === "constant");
  assertEquals(constants.map(({ id, shape }) => [id, shape]), [[1, [1, 1, 2]], [4, [1, 1, 2]]]);
  assert(constants[0]!.source.kind === "constant" && constants[0]!.source.value === a);
});

Deno.test("a function may be traced inside another, and constants join the one that runs", () => {
  const w = stencil();
  const inner = (u: Var) => conv({ u, w: constant(w) });
  const { vars } = traceStateFunction((u: Var) => {
    assertEquals(traceStateFunction(inner, [SHAPE]).vars.length, 3);
    return conv({ u, w: constant(w) });
  }, [SHAPE]);
  assertEquals(vars.map(({ source }) => source.kind), ["state", "constant", "result"]);
});

Deno.test("constant refuses to be outside of a traced function, also after one that threw", () => {
  const refuses = () =>
    throwsExactly(
      () => constant(stencil()),
      TypeError,
      "Cannot create constant as it must be inside a traced function: current function is none",
    );
  refuses();
  const throws = () => {
    throw new Error("stop");
  };
  throwsExactly(() => traceStateFunction(throws, [SHAPE]), Error, "stop");
  refuses();
});

Deno.test("an op refuses a variable of another function", () => {
  let foreign: Var | undefined;
  traceStateFunction((u: Var) => foreign = tanh({ u }), [SHAPE]);
  const mixed = (u: Var) => add({ a: u, b: foreign! });
  throwsExactly(
    () => traceStateFunction(mixed as StateFunction, [SHAPE]),
    TypeError,
    "Cannot apply add as all inputs must belong to mixed: current b belongs to another function",
  );
});

Deno.test("an op refuses an input that it does not have", () => {
  const inputs = (u: Var) => ({ u, w: constant(stencil()), bias: u });
  throwsExactly(
    () => traceStateFunction((u: Var) => conv(inputs(u)), [SHAPE]),
    TypeError,
    "Cannot apply conv as its inputs are u, w, b: current inputs have bias",
  );
});

Deno.test("an op refuses to be without an input that it needs", () => {
  const trace = (w: unknown) => traceStateFunction((u: Var) => conv({ u, w: w as Var }), [SHAPE]);
  const message = (shown: string) => `Cannot apply conv as its input w must be a Var: current w is ${shown}`;
  throwsExactly(() => trace(undefined), TypeError, message("undefined"));
  throwsExactly(() => trace(3), TypeError, message("3"));
});

Deno.test("a function must return the result of an op", () => {
  const refuses = (f: unknown, current: string) =>
    throwsExactly(
      () => traceStateFunction(f as StateFunction, [SHAPE]),
      TypeError,
      `Cannot trace f as it must return the result of an op: current result is a ${current}`,
    );
  let foreign: Var | undefined;
  traceStateFunction((u: Var) => foreign = tanh({ u }), [SHAPE]);
  refuses(function f(u: Var) {
    return u;
  }, "state");
  refuses(function f() {
    return constant(stencil());
  }, "constant");
  refuses(function f() {
    return foreign;
  }, "nothing");
  refuses(function f() {}, "nothing");
  const identity = defineStepper({
    name: "f",
    parameters: { w: new NdArray([1, 2, 3, 4, 5, 6], [1, 6]) },
    forward: (_, p) => p.w,
  });
  refuses(identity, "parameter");
});

Deno.test("a stepper must return the shape it takes; a function need not", () => {
  const two = new NdArray([1, 2], [2, 1, 1]);
  const widens = defineStepper({
    name: "widens",
    parameters: { weight: two },
    forward: (u, p) => conv({ u, w: p.weight }),
  }) as unknown as StateFunction;
  const error = throwsExactly(
    () => traceStateFunction(widens, [SHAPE]),
    ShapeError,
    "Cannot unroll widens as a stepper must return the shape it takes, [1, 6]: current shape returned is [2, 6]",
  ) as ShapeError;
  const { op, axis, expected, actual } = error;
  assertEquals([op, axis, expected, actual], ["widens", "state", "[1, 6]", "[2, 6]"]);
  const { vars, output } = traceStateFunction((u: Var) => conv({ u, w: constant(two) }), [SHAPE]);
  assertEquals(vars[output]!.shape, [2, 6]);
});

Deno.test("shape, constants and summands of an op see the shapes and options of its use", () => {
  const seen: unknown[] = [];
  const probe = defineOp({
    name: "probe",
    inputs: ["u"],
    optional: ["b"],
    wgsl: "fn forward(i: u32) {}",
    shape: ({ u }, options: { k?: number }) => {
      seen.push(options);
      return [...u, 1];
    },
    constants: (shapes, { k = 0 }) => ({ U: shapes.u[1]!, V: shapes.v[2]!, K: k }),
    summands: (shapes, { k = 0 }) => ({ adjointB: shapes.b ? k : 1 }),
  });
  const { nodes, vars } = traceStateFunction((u: Var) => probe({ u: probe({ u }), b: u }, { k: 4 }), [SHAPE]);
  assertEquals(seen, [{}, { k: 4 }]);
  assertEquals(nodes.map(({ constants }) => constants), [{ U: 6, V: 1, K: 0 }, { U: 6, V: 1, K: 4 }]);
  assertEquals(nodes.map(({ summands }) => summands), [{ adjointB: 1 }, { adjointB: 4 }]);
  assertEquals(vars.map(({ shape }) => shape), [[1, 6], [1, 6, 1], [1, 6, 1, 1]]);
  const bare = defineOp({ name: "bare", inputs: ["u"], wgsl: "fn forward(i: u32) {}", shape: ({ u }) => u });
  const [node] = traceStateFunction((u: Var) => bare({ u }), [SHAPE]).nodes;
  assertEquals([node!.constants, node!.summands], [{}, {}]);
});
