import { assertEquals } from "@std/assert";
import { fuse } from "../../src/graph/fuse.ts";
import { defineOp } from "../../src/graph/op.ts";
import type { StateFunction } from "../../src/graph/stepper.ts";
import { constant, traceStateFunction } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray } from "../../src/ndarray.ts";
import { add, conv, relu, scale, tanh } from "../../src/ops/mod.ts";

const TAPS = new NdArray([1, -2], [1, 1, 2]);
const linear = (u: Var) => conv({ u, w: constant(TAPS) });

/** An elementwise op with the given functions beside forward. */
function elementwise(name: string, functions: string, constants?: Record<string, number>) {
  return defineOp({
    name,
    inputs: ["u"],
    optional: ["a"],
    wgsl: `
      import super::io::{u, a, v, setV, vBar, setUBar, setABar};
      fn forward(i: u32) { setV(i, u(i)); }
      ${functions}`,
    shape: ({ u }) => u,
    ...(constants ? { constants: () => constants } : {}),
  });
}

const ACTIVATE = "fn activate(x: f32) -> f32 { return x; }";
const SLOPE = "fn slope(y: f32) -> f32 { return 1.0; }";
const BY_INPUT = "fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(activate(u(i)))); }";

/** The nodes of a function after fusion, `4 = conv+tanh(0,1)`, `5 = conv(4,1)+0` where 0 is added. */
function fusedOf(f: StateFunction): string[] {
  return fuse(traceStateFunction(f, [[1, 6]])).map(({ op, epilogue, residual, inputs, output }) =>
    `${output} = ${op.name}${epilogue ? `+${epilogue.op.name}` : ""}(${Object.values(inputs)})${
      residual ? `+${residual.id}` : ""
    }`
  );
}

Deno.test("an activation joins the op before it, which then writes the activation's variable", () => {
  assertEquals(fusedOf((u: Var) => linear(tanh({ u: linear(u) }))), [
    "3 = conv+tanh(0,1)",
    "4 = conv(3,1)",
  ]);
});

Deno.test("every layer of a network is fused, the last linear one has no activation", () => {
  assertEquals(fusedOf((u: Var) => linear(relu({ u: linear(tanh({ u: linear(u) })) }))), [
    "3 = conv+tanh(0,1)",
    "5 = conv+relu(3,1)",
    "6 = conv(5,1)",
  ]);
});

Deno.test("an activation that gives the result of the function is not fused", () => {
  assertEquals(fusedOf((u: Var) => tanh({ u: linear(u) })), ["2 = conv(0,1)", "3 = tanh(2)"]);
});

Deno.test("an activation whose input is used elsewhere is not fused", () => {
  const skip = (u: Var) => {
    const inner = linear(u);
    return add({ a: tanh({ u: inner }), b: inner });
  };
  assertEquals(fusedOf(skip), ["2 = conv(0,1)", "3 = tanh(2)", "4 = add(3,2)"]);
  const twice = (u: Var) => {
    const inner = linear(u);
    return add({ a: tanh({ u: inner }), b: relu({ u: inner }) });
  };
  assertEquals(fusedOf(twice), ["2 = conv(0,1)", "3 = tanh(2)", "4 = relu(2)", "5 = add(3,4)"]);
});

Deno.test("an activation whose result is used twice is fused", () => {
  const twice = (u: Var) => {
    const inner = tanh({ u: linear(u) });
    return add({ a: inner, b: inner });
  };
  assertEquals(fusedOf(twice), ["3 = conv+tanh(0,1)", "4 = add(3,3)"]);
});

Deno.test("an activation of a state is not fused", () => {
  assertEquals(fusedOf((u: Var) => linear(tanh({ u }))), ["1 = tanh(0)", "3 = conv(1,2)"]);
});

Deno.test("an op whose adjoint reads its result takes no activation", () => {
  assertEquals(fusedOf((u: Var) => linear(relu({ u: tanh({ u }) }))), [
    "1 = tanh(0)",
    "2 = relu(1)",
    "4 = conv(2,3)",
  ]);
  const byResult = elementwise(
    "byResult",
    "fn adjointU(i: u32) { setUBar(i, vBar(i) * helper(i)); }" +
      " fn helper(i: u32) -> f32 { return v(i); }",
  );
  assertEquals(fusedOf((u: Var) => linear(tanh({ u: byResult({ u }) }))), [
    "1 = byResult(0)",
    "2 = tanh(1)",
    "4 = conv(2,3)",
  ]);
});

Deno.test("a function that is no adjoint may mention the result", () => {
  const other = elementwise("other", "fn inspect(i: u32) -> f32 { return v(i); }");
  assertEquals(fusedOf((u: Var) => linear(tanh({ u: other({ u }) }))), [
    "2 = other+tanh(0)",
    "4 = conv(2,3)",
  ]);
});

Deno.test("only an op with both activate and slope is an activation", () => {
  for (const functions of [ACTIVATE, SLOPE]) {
    const half = elementwise("half", functions);
    assertEquals(fusedOf((u: Var) => linear(half({ u: linear(u) }))), [
      "2 = conv(0,1)",
      "3 = half(2)",
      "4 = conv(3,1)",
    ]);
  }
});

Deno.test("a sum joins the op that makes a summand, whichever it is, and takes its activation along", () => {
  const inner = (u: Var) => relu({ u: linear(u) });
  assertEquals(fusedOf((u: Var) => add({ a: u, b: linear(u) })), ["3 = conv(0,1)+0"]);
  assertEquals(fusedOf((u: Var) => add({ a: linear(u), b: u })), ["3 = conv(0,1)+0"]);
  assertEquals(fusedOf((u: Var) => linear(tanh({ u: add({ a: u, b: linear(inner(u)) }) }))), [
    "3 = conv+relu(0,1)",
    "6 = conv+tanh(3,1)+0",
    "7 = conv(6,1)",
  ]);
  const { residual } = fuse(traceStateFunction((u: Var) => add({ a: u, b: linear(u) }), [[1, 6]]))[0]!;
  assertEquals([residual!.input, residual!.sum.op.name, residual!.sum.output], ["a", "add", 3]);
});

Deno.test("of two summands the one that is made later takes the sum", () => {
  const sumOf = (order: (early: Var, late: Var) => { a: Var; b: Var }) => (u: Var) => {
    const early = scale({ u }, { factor: 2 });
    return add(order(early, linear(u)));
  };
  assertEquals(fusedOf(sumOf((a, b) => ({ a, b }))), ["1 = scale(0)", "4 = conv(0,2)+1"]);
  assertEquals(fusedOf(sumOf((b, a) => ({ a, b }))), ["1 = scale(0)", "4 = conv(0,2)+1"]);
});

Deno.test("a sum stays an op where no summand is made for it alone, or its maker has no place for it", () => {
  const twice = (u: Var) => {
    const inner = linear(u);
    return add({ a: inner, b: inner });
  };
  assertEquals(fusedOf(twice), ["2 = conv(0,1)", "3 = add(2,2)"]);
  assertEquals(fusedOf((u: Var) => add({ a: u, b: relu({ u: linear(u) }) })), [
    "3 = conv+relu(0,1)",
    "4 = add(0,3)",
  ]);
  assertEquals(fusedOf((u: Var) => add({ a: u, b: tanh({ u }) })), ["1 = tanh(0)", "2 = add(0,1)"]);
  const used = (u: Var) => {
    const inner = linear(u);
    return add({ a: scale({ u: inner }, { factor: 2 }), b: linear(add({ a: u, b: inner })) });
  };
  assertEquals(fusedOf(used), ["2 = conv(0,1)", "3 = scale(2)", "4 = add(0,2)", "6 = conv(4,1)+3"]);
  const three = (u: Var) => add({ a: u, b: add({ a: u, b: linear(u) }) });
  assertEquals(fusedOf(three), ["3 = conv(0,1)+0", "4 = add(0,3)"]);
});

Deno.test("a sum whose second summand is left out stays an op, and so does one of another text", () => {
  const text = (forward: string) => `
    import super::io::{a, b, setV, vBar, setABar, setBBar};
    fn forward(i: u32) { ${forward} }
    fn adjointA(i: u32) { setABar(i, vBar(i)); }
    fn adjointB(i: u32) { setBBar(i, vBar(i)); }`;
  const own = (forward: string) =>
    defineOp({ name: "own", inputs: ["a"], optional: ["b"], wgsl: text(forward), shape: ({ a }) => a });
  const sum = own("setV(i, a(i) + b(i));");
  assertEquals(fusedOf((u: Var) => sum({ a: linear(u) })), ["2 = conv(0,1)", "3 = own(2)"]);
  assertEquals(fusedOf((u: Var) => sum({ a: linear(u), b: u })), ["3 = conv(0,1)+0"]);
  const other = own("setV(i, a(i) + 2.0 * b(i));");
  assertEquals(fusedOf((u: Var) => other({ a: linear(u), b: u })), ["2 = conv(0,1)", "3 = own(2,0)"]);
});

Deno.test("an op takes nothing along if the adjoint of its blocked form reads the result, four at once", () => {
  const own = defineOp({
    name: "own",
    inputs: ["u"],
    wgsl: `
      import super::io::{u, setV, vBar, setUBar};
      fn forward(i: u32) { setV(i, u(i)); }
      fn adjointU(i: u32) { setUBar(i, vBar(i)); }`,
    shape: ({ u }) => u,
    blocked: {
      wgsl: ["import super::io::{v4, setUBar4};\nfn adjointU(i: u32) { setUBar4(4 * i, v4(4 * i)); }"],
      calls: () => ({}),
    },
  });
  assertEquals(fusedOf((u: Var) => linear(relu({ u: own({ u }) }))), [
    "1 = own(0)",
    "2 = relu(1)",
    "4 = conv(2,3)",
  ]);
});

Deno.test("an epilogue keeps the activation and the constants of its use", () => {
  const leaky = elementwise("leaky", ACTIVATE + SLOPE + BY_INPUT, { NEGATIVE: 0.25 });
  const traced = traceStateFunction((u: Var) => linear(leaky({ u: scale({ u }, { factor: 3 }) })), [[1, 6]]);
  const [first, second] = fuse(traced);
  assertEquals(first!.epilogue, { op: leaky, constants: { NEGATIVE: 0.25 } });
  assertEquals(first!.constants, { FACTOR: 3 });
  assertEquals(second!.epilogue, null);
});

Deno.test("of two activations in a row the first is fused, and the second stays", () => {
  const byInput = elementwise("byInput", ACTIVATE + SLOPE + BY_INPUT);
  assertEquals(fusedOf((u: Var) => linear(tanh({ u: byInput({ u: linear(u) }) }))), [
    "3 = conv+byInput(0,1)",
    "4 = tanh(3)",
    "5 = conv(4,1)",
  ]);
});

Deno.test("an activation with a second input is not fused", () => {
  const prelu = elementwise(
    "prelu",
    "fn activate(x: f32) -> f32 { return x * a(0u); }" + SLOPE +
      "fn adjointA(i: u32) { setABar(i, vBar(i)); }",
  );
  assertEquals(fusedOf((u: Var) => linear(prelu({ u: linear(u), a: constant(TAPS) }))), [
    "2 = conv(0,1)",
    "3 = prelu(2,1)",
    "4 = conv(3,1)",
  ]);
});
