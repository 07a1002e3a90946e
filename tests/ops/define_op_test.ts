import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { GpuError } from "../../src/errors.ts";
import { defineOp } from "../../src/graph/op.ts";
import type { Var } from "../../src/graph/var.ts";
import { scale } from "../../src/ops/mod.ts";
import { scale as scaleTwin } from "../twins/scale.ts";
import { unaryCase } from "./cases.ts";
import { type Case, check } from "./check.ts";
import { gpu } from "./device.ts";
import { run } from "./harness.ts";
import type { RunOptions } from "./memory.ts";
import { assertTwin, chain, type Twin } from "./twin.ts";

const SQUARE = `
  import super::io::{u, setV, vBar, setUBar};
  fn forward(i: u32) { setV(i, u(i) * u(i)); }
  fn adjointU(i: u32) { setUBar(i, 2.0 * u(i) * vBar(i)); }
`;

const square: Twin = {
  forward: ({ u }) => u!.map((x) => x * x),
  adjointU: ({ u }, vBar) => vBar.map((bar, i) => 2 * u![i]! * bar),
  tangent: ({ u }, { u: du }) => du!.map((x, i) => 2 * u![i]! * x),
};

/** An op of one input u, of some text. */
const userOp = (wgsl: string, name = "square") =>
  defineOp({ name, inputs: ["u"], wgsl, shape: ({ u }) => u });
const squareCase = (wgsl: string, name?: string): Case =>
  unaryCase(name ?? "square", [5], userOp(wgsl, name), square, { v: 1, u: 2 });

Deno.test("an op of one's own agrees with its twin", async () => {
  assertTwin("square", square, { u: 4 });
  await check(squareCase(SQUARE), { batch: 37, live: 33, members: 2 });
  await check(squareCase(SQUARE), { batch: 2, accumulates: true });
});

/** Tells whether what is defined is refused in words or agrees with its twin; returns what is wrong otherwise. */
async function faultOf(define: () => Case, options: RunOptions): Promise<string | null> {
  let c: Case;
  try {
    c = define();
    await run(gpu, c.use, { batch: 1 });
  } catch (error) {
    const isRefused = [SyntaxError, TypeError, RangeError].some((type) => error instanceof type);
    return isRefused && /^Cannot (define|apply) /.test((error as Error).message)
      ? null
      : String(error).split("\n")[0]!;
  }
  return await check(c, options).then(() => null, (error) => String(error).split("\n")[0]!);
}

/** Asserts that everything is refused in words or right. */
async function assertRightOrRefused(defined: Readonly<Record<string, () => Case>>): Promise<void> {
  const faults: Record<string, string> = {};
  for (const [what, define] of Object.entries(defined)) {
    const fault = await faultOf(define, { batch: 3, live: 2, members: 2 });
    if (fault) faults[what] = fault;
  }
  assertEquals(faults, {});
}

Deno.test("an op reads what it is given, however it imports and calls", () =>
  assertRightOrRefused({
    "a function that returns an array": () =>
      squareCase(`
        import super::io::{u, setV, vBar, setUBar};
        fn both(i: u32) -> array<f32, 2> { return array(u(i), vBar(i)); }
        fn twice(i: u32) -> array<f32, 2> { return array(u(i), u(i)); }
        fn forward(i: u32) { let t = twice(i); setV(i, t[0] * t[1]); }
        fn adjointU(i: u32) { let t = both(i); setUBar(i, 2.0 * t[0] * t[1]); }
      `),
    "imports under another name": () =>
      squareCase(`
        import super::io::{u as state, setV, vBar, setUBar};
        fn forward(i: u32) { setV(i, state(i) * state(i)); }
        fn adjointU(i: u32) { setUBar(i, 2.0 * state(i) * vBar(i)); }
      `),
    "io imported as a whole": () =>
      squareCase(`
        import super::io;
        fn forward(i: u32) { io::setV(i, io::u(i) * io::u(i)); }
        fn adjointU(i: u32) { io::setUBar(i, 2.0 * io::u(i) * io::vBar(i)); }
      `),
    "full paths": () =>
      squareCase(`
        fn forward(i: u32) { super::io::setV(i, super::io::u(i) * super::io::u(i)); }
        fn adjointU(i: u32) { super::io::setUBar(i, 2.0 * super::io::u(i) * super::io::vBar(i)); }
      `),
    "single imports": () =>
      squareCase(`
        import super::io::u;
        import super::io::setV;
        import super::io::vBar;
        import super::io::setUBar;
        ${SQUARE.split("\n").slice(2).join("\n")}
      `),
  }));

/** An op whose input bears a name. */
function renamed(input: string): Case {
  const title = input[0]!.toUpperCase() + input.slice(1);
  const op = defineOp({
    name: "square",
    inputs: [input],
    wgsl: SQUARE.replaceAll(/\bi\b/g, "at").replaceAll("UBar", `${title}Bar`)
      .replaceAll("adjointU", `adjoint${title}`).replaceAll(/\bu\b/g, input),
    shape: (shapes) => shapes[input]!,
  });
  const twin: Twin = {
    forward: (x) => square.forward({ u: x[input]! }),
    tangent: (x, change) => square.tangent({ u: x[input]! }, { u: change[input]! }),
  };
  twin[`adjoint${title}`] = (x, vBar) => square.adjointU!({ u: x[input]! }, vBar);
  return {
    use: {
      name: `square of ${input}`,
      inputs: { [input]: { role: "state", shape: [8] } },
      call: (x) => op({ [input]: x[input]! }),
    },
    twin,
    terms: { v: 1, [input]: 2 },
  };
}

Deno.test("an op may give its inputs any name, or is refused", () => {
  const names = [
    "x",
    "i",
    "written",
    "part",
    "result",
    "fetch",
    "write",
    "put",
    "old",
    "made",
    "sum",
    "added",
    "group",
    "uBar",
    "sample",
    "member",
    "action",
    "update",
    "windows",
    "v",
  ];
  return assertRightOrRefused(Object.fromEntries(names.map((name) => [name, () => renamed(name)])));
});

Deno.test("an op may give its constants any name, or is refused", () => {
  const names = [
    "FACTOR",
    "x",
    "i",
    "group",
    "sample",
    "member",
    "action",
    "update",
    "windows",
    "f32",
    "vBuffer",
  ];
  return assertRightOrRefused(Object.fromEntries(names.map((name) => [name, () => {
    const op = defineOp({
      name: "scaled",
      inputs: ["u"],
      wgsl: `
        import super::io::{${name}, u, setV, vBar, setUBar};
        fn forward(at: u32) { setV(at, ${name} * u(at)); }
        fn adjointU(at: u32) { setUBar(at, ${name} * vBar(at)); }
      `,
      shape: ({ u }) => u,
      constants: () => ({ [name]: 3 }),
    });
    return unaryCase(`constant ${name}`, [5], op, scaleTwin(3), { v: 3, u: 3 });
  }])));
});

Deno.test("an op may bear any name, or is refused", () => {
  const names = ["loop", "main", "io", "my op", "my-op", "2d"];
  return assertRightOrRefused(
    Object.fromEntries(names.map((name) => [name, () => squareCase(SQUARE, name)])),
  );
});

Deno.test("an activation of one's own, with a constant, joins the op before it", async () => {
  const SLOPE = 0.125;
  const leaky = defineOp({
    name: "leaky",
    inputs: ["u"],
    wgsl: `
      import super::io::{LEAK, u, v, setV, vBar, setUBar};
      fn activate(x: f32) -> f32 { return select(x, LEAK * x, x < 0.0); }
      fn slope(y: f32) -> f32 { return select(1.0, LEAK, y < 0.0); }
      fn forward(i: u32) { setV(i, activate(u(i))); }
      fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
    `,
    shape: ({ u }) => u,
    constants: () => ({ LEAK: SLOPE }),
  });
  const at = (x: number) => x < 0 ? SLOPE : 1;
  const twin: Twin = {
    forward: ({ u }) => u!.map((x) => at(x) * x),
    adjointU: ({ u }, vBar) => vBar.map((bar, i) => at(u![i]!) * bar),
    tangent: ({ u }, { u: du }) => du!.map((x, i) => at(u![i]!) * x),
  };
  assertTwin("leaky", twin, { u: 6 });
  // Both use their own FACTOR and LEAK; the first scale is the op that it joins.
  const call = ({ u }: { u: Var }) =>
    scale({ u: leaky({ u: scale({ u }, { factor: -2 }) }) }, { factor: 0.5 });
  const c = unaryCase("leaky", [5], call, chain(["u"], scaleTwin(-2), twin, scaleTwin(0.5)), { v: 4, u: 4 });
  const { unit } = await check(c, { batch: 37, live: 33, members: 2 });
  assertEquals(unit.graph.nodes.map((n) => [n.op.name, n.epilogue?.op.name]), [["scale", "leaky"], [
    "scale",
    undefined,
  ]]);
});

Deno.test("an op without a rule for an input cannot be differentiated by it", () => {
  const op = userOp(SQUARE.replace(/fn adjointU.*/, ""), "one_way");
  const c = unaryCase("one_way", [5], op, square, { v: 1, u: 1 });
  return assertRejects(
    () => run(gpu, c.use, { batch: 1 }),
    TypeError,
    "Cannot differentiate one_way 5 as op one_way must have a rule adjointU: current functions are forward",
  ).then(() => {});
});

Deno.test("an op without a rule still runs where its cotangent is not wanted", async () => {
  const op = userOp(SQUARE.replace(/fn adjointU.*/, ""), "one_way");
  const { use, twin, terms } = unaryCase("one_way", [5], op, square, { v: 1, u: 1 });
  const inputs = { u: { ...use.inputs.u!, wanted: false } };
  const { numLaunches } = await check({ use: { ...use, inputs }, twin, terms }, { batch: 3 });
  assertEquals(numLaunches, 1);
});

Deno.test("an op with invalid WGSL is refused with its file and line", async () => {
  const c = squareCase(SQUARE.replace("u(i) * u(i)", "u(i) * true"));
  const error = await assertRejects(() => run(gpu, c.use, { batch: 1 }), GpuError);
  assertEquals(error.label, "square.forward");
  assertMatch(
    error.message,
    /^Cannot compile kernel square.forward as its WGSL must be valid: current error is use\/square.wgsl:3:\d+: /,
  );
});

Deno.test("an op that mentions what does not exist is refused by the name of its file", async () => {
  const c = squareCase(SQUARE.replace("u(i) * u(i)", "u(i) * oops"));
  const error = await assertRejects(() => run(gpu, c.use, { batch: 1 }), Error);
  assertMatch(error.message, /oops.*use\/square/);
});

Deno.test("defineOp refuses a local with an imported name, and a text without forward", () => {
  assertEquals(
    assertThrows(() => userOp(SQUARE.replace("{ setV", "{ let u = 1.0; setV")), SyntaxError).message,
    "Cannot define op square as no local may bear a name imported from io: current local in forward is u",
  );
  assertEquals(
    assertThrows(() => userOp("fn other(i: u32) {}"), SyntaxError).message,
    "Cannot define op square as its WGSL must have a function forward: current functions are other",
  );
  assertEquals(
    assertThrows(() => userOp(""), SyntaxError).message,
    "Cannot define op square as its WGSL must have a function forward: current functions are none",
  );
});
