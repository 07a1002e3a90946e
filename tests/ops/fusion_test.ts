import { assertEquals } from "@std/assert";
import { defineOp } from "../../src/graph/op.ts";
import { add, dense, relu, scale, tanh } from "../../src/ops/mod.ts";
import { relu as reluTwin } from "../twins/relu.ts";
import { scale as scaleTwin } from "../twins/scale.ts";
import { tanh as tanhTwin } from "../twins/tanh.ts";
import { convCase, denseCase } from "./cases.ts";
import { type Case, check } from "./check.ts";
import { barOf, chain, type Tensors, type Twin } from "./twin.ts";
import type { Use } from "./use.ts";

type Role = Use["inputs"][string]["role"];

const FACTOR = -0.75;
const ACTIVATIONS = { relu: [relu, reluTwin, 1], tanh: [tanh, tanhTwin, 32] } as const;

/** `scale(activation(op))`: the activation joins the op, as it is not the result itself. */
function fused(c: Case, activation: keyof typeof ACTIVATIONS): Case {
  const [op, twin, roundings] = ACTIVATIONS[activation];
  const names = Object.keys(c.use.inputs);
  return {
    use: {
      ...c.use,
      name: `${activation} of ${c.use.name}`,
      call: (x) => scale({ u: op({ u: c.use.call(x) }) }, { factor: FACTOR }),
    },
    twin: chain(names, c.twin, twin, scaleTwin(FACTOR)),
    terms: Object.fromEntries(Object.entries(c.terms).map(([n, terms]) => [n, 2 * (terms + roundings)])),
  };
}

const CONV = convCase({ cIn: 2, cOut: 3, n: 5, k: 3, boundary: "periodic" });
const ON_STATES = convCase({ cIn: 2, cOut: 3, n: 5, k: 3, boundary: "zeros" }, { owner: "state" });
const DENSE = denseCase({ dIn: 3, dOut: 6 });

for (const c of [CONV, ON_STATES, DENSE]) {
  for (const activation of ["relu", "tanh"] as const) {
    const whole = fused(c, activation);
    Deno.test(`${whole.use.name} agrees with the twins of both`, async () => {
      const { unit } = await check(whole, { batch: 37, live: 33, members: 2 });
      await check(whole, { batch: 2, accumulates: true });
      assertEquals(unit.graph.nodes.map((n) => [n.op.name, n.epilogue?.op.name]), [
        [c.use.name.split(" ")[0], activation],
        ["scale", undefined],
      ]);
    });
  }
}

/** `scale(relu(conv + r))`, r being the conv's own u or another tensor `r`. */
function withSum(c: Case, r: "u" | Role): Case {
  const { use, twin, terms } = c;
  const name = r === "u" ? "u" : "r";
  const plus = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!);
  const own = `adjoint${name.toUpperCase()}` as const;
  const sum: Twin = {
    ...twin,
    forward: (x) => plus(twin.forward(x), x[name]!),
    tangent: (x, change) =>
      change[name] ? plus(twin.tangent(x, change), change[name]!) : twin.tangent(x, change),
    [own]: (x: Tensors, vBar: Float64Array) => name === "u" ? plus(twin.adjointU!(x, vBar), vBar) : vBar,
  };
  const inputs = r === "u" ? use.inputs : { ...use.inputs, r: { role: r, shape: use.inputs.u!.shape } };
  return {
    use: {
      name: `sum of ${use.name} and ${r === "u" ? "its u" : `a ${r}`}`,
      inputs,
      call: (x) => scale({ u: relu({ u: add({ a: x[name]!, b: use.call(x) }) }) }, { factor: FACTOR }),
    },
    twin: chain(Object.keys(inputs), sum, reluTwin, scaleTwin(FACTOR)),
    terms: Object.fromEntries(
      Object.keys(inputs).concat("v").map((n) => [n, 2 * ((terms[n] ?? 1) + 2)]),
    ),
  };
}

const BLOCKED = convCase({ cIn: 8, cOut: 8, n: 32, k: 3, boundary: "periodic" });
const RAGGED = convCase({ cIn: 8, cOut: 8, n: 20, k: 3, boundary: "zeros" });
const PLAIN = convCase({ cIn: 3, cOut: 3, n: 5, k: 3, boundary: "periodic" });

for (const c of [BLOCKED, RAGGED, PLAIN]) {
  for (const r of ["u", "state", "parameter", "constant"] as const) {
    const whole = withSum(c, r);
    Deno.test(`${whole.use.name} agrees with the twins of all`, async () => {
      const { unit } = await check(whole, { batch: 35, live: 33, members: 2 });
      await check(whole, { batch: 2, accumulates: true });
      assertEquals(unit.graph.nodes.map((n) => [n.op.name, n.residual?.sum.op.name, n.epilogue?.op.name]), [
        ["conv", "add", "relu"],
        ["scale", undefined, undefined],
      ]);
    });
  }
}

Deno.test("an activation that is the result is an op of its own", async () => {
  const { use, twin, terms } = CONV;
  const { unit } = await check({
    use: { ...use, call: (x) => tanh({ u: use.call(x) }) },
    twin: chain(Object.keys(use.inputs), twin, tanhTwin),
    terms: { v: 2 * terms.v! + 12, u: 32 * terms.u!, w: 32 * terms.w!, b: 32 * terms.b! },
  }, { batch: 3, live: 2, members: 2 });
  assertEquals(unit.graph.nodes.map((n) => n.op.name), ["conv", "tanh"]);
});

Deno.test("a fused result that is used twice gets its slope after the last contribution", async () => {
  // v = s + 2 s with s = tanh(conv(u)), s used by three inputs
  const { use, twin, terms } = CONV;
  const triple: Twin = {
    forward: ({ u }) => u!.map((x) => x + x + FACTOR * x),
    adjointU: (_, vBar) => vBar.map((x) => x + x + FACTOR * x),
    tangent: (_, { u }) => u!.map((x) => x + x + FACTOR * x),
  };
  const { unit } = await check({
    use: {
      ...use,
      call: (x) => {
        const s = tanh({ u: use.call(x) });
        return add({ a: add({ a: s, b: s }), b: scale({ u: s }, { factor: FACTOR }) });
      },
    },
    twin: chain(Object.keys(use.inputs), twin, tanhTwin, triple),
    terms: { v: 3 * terms.v! + 36, u: 64 * terms.u!, w: 64 * terms.w!, b: 64 * terms.b! },
  }, { batch: 5, live: 4, members: 2 });
  const calls = unit.adjoint.filter(({ target }) => target === unit.graph.nodes[0]!.output);
  assertEquals(calls.map(({ adds, slope }) => [adds, slope?.op.name]), [
    [false, undefined],
    [true, undefined],
    [true, "tanh"],
  ]);
});

Deno.test("an activation joins an op whose forward returns summands", async () => {
  const SIZE = 130;
  const mean = defineOp({
    name: "mean_square",
    inputs: ["u"],
    wgsl: `
      import super::io::{N, u, vBar, setUBar};
      fn forward(c: u32, n: u32) -> f32 { return u(c * N + n) * u(c * N + n) / f32(N); }
      fn adjointU(i: u32) { setUBar(i, 2.0 * u(i) * vBar(i / N) / f32(N)); }
    `,
    shape: ({ u }) => [u[0]!],
    constants: ({ u }) => ({ N: u[1]! }),
    summands: ({ u }) => ({ forward: u[1]! }),
  });
  const twin: Twin = {
    forward: ({ u }) =>
      Float64Array.from(
        [0, 1],
        (c) => u!.subarray(c * SIZE, (c + 1) * SIZE).reduce((s, x) => s + x * x / SIZE, 0),
      ),
    adjointU: ({ u }, vBar) => u!.map((x, i) => 2 * x * vBar[Math.floor(i / SIZE)]! / SIZE),
    tangent: ({ u }, { u: du }) =>
      Float64Array.from([0, 1], (c) => {
        let sum = 0;
        for (let i = c * SIZE; i < (c + 1) * SIZE; i++) sum += 2 * u![i]! * du![i]! / SIZE;
        return sum;
      }),
  };
  const c: Case = {
    use: {
      name: "mean_square",
      inputs: { u: { role: "state", shape: [2, SIZE] } },
      call: ({ u }) => mean({ u: u! }),
    },
    twin,
    terms: { v: 12, u: 2 },
  };
  const { unit } = await check(fused(c, "tanh"), { batch: 5, live: 4, members: 2 });
  assertEquals(unit.graph.nodes.map((n) => n.op.name), ["mean_square", "scale"]);
});

Deno.test("a chain of activations: the first is fused, the second is an op", async () => {
  const { use, twin, terms } = DENSE;
  const names = Object.keys(use.inputs);
  const { unit } = await check({
    use: { ...use, call: (x) => scale({ u: tanh({ u: relu({ u: use.call(x) }) }) }, { factor: FACTOR }) },
    twin: chain(names, twin, reluTwin, tanhTwin, scaleTwin(FACTOR)),
    terms: Object.fromEntries(Object.entries(terms).map(([n, t]) => [n, 2 * (t + 32)])),
  }, { batch: 3 });
  assertEquals(unit.graph.nodes.map((n) => n.op.name), ["dense", "tanh", "scale"]);
});

Deno.test("layers in a row: parameters of each, activations between", async () => {
  // v = w2 tanh(w1 u + b1) + b2 with two dense layers
  const sizes = { hidden: denseCase({ dIn: 3, dOut: 5 }).twin, last: denseCase({ dIn: 5, dOut: 2 }).twin };
  const parts = (x: Tensors) => {
    const h = { u: x.u!, w: x.w!, b: x.b! };
    const a = sizes.hidden.forward(h);
    return { h, a, l: { u: tanhTwin.forward({ u: a }), w: x.w2!, b: x.b2! } };
  };
  const twin: Twin = {
    forward: (x) => sizes.last.forward(parts(x).l),
    tangent(x, d) {
      const { h, a, l } = parts(x);
      const dh = Object.fromEntries(["u", "w", "b"].flatMap((n) => d[n] ? [[n, d[n]!]] : []));
      const ds = tanhTwin.tangent({ u: a }, { u: sizes.hidden.tangent(h, dh) });
      const dl = { u: ds, ...(d.w2 ? { w: d.w2 } : {}), ...(d.b2 ? { b: d.b2 } : {}) };
      return sizes.last.tangent(l, dl);
    },
  };
  for (const [name, inner] of [["U", "u"], ["W", "w"], ["B", "b"]] as const) {
    twin[`adjoint${name}`] = (x, vBar) => {
      const { h, a, l } = parts(x);
      const sBar = barOf(sizes.last, "u", l, vBar);
      return barOf(sizes.hidden, inner, h, tanhTwin.adjointU({ u: a }, sBar));
    };
  }
  twin.adjointW2 = (x, vBar) => barOf(sizes.last, "w", parts(x).l, vBar);
  twin.adjointB2 = (x, vBar) => barOf(sizes.last, "b", parts(x).l, vBar);
  await check({
    use: {
      name: "two layers",
      inputs: {
        u: { role: "state", shape: [3] },
        w: { role: "parameter", shape: [5, 3] },
        b: { role: "parameter", shape: [5] },
        w2: { role: "parameter", shape: [2, 5] },
        b2: { role: "parameter", shape: [2] },
      },
      call: ({ u, w, b, w2, b2 }) => dense({ u: tanh({ u: dense({ u: u!, w: w!, b }) }), w: w2!, b: b2 }),
    },
    twin,
    terms: { v: 60, u: 60, w: 40, b: 40, w2: 20, b2: 1 },
  }, { batch: 40, live: 35, members: 2 });
});
