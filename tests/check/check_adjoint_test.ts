import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { checkAdjoint } from "../../src/check/mod.ts";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { defineOp } from "../../src/graph/op.ts";
import { constant } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray, type Shape } from "../../src/ndarray.ts";
import * as ops from "../../src/ops/mod.ts";
import { key } from "../../src/random/mod.ts";
import { gpu } from "../ops/device.ts";
import { mul as mulTwin, sqrt as sqrtTwin, square as squareTwin } from "../twins/arithmetic.ts";
import { geluTanh } from "../twins/activations.ts";
import { dense as denseTwin } from "../twins/dense.ts";
import { groupNorm as groupNormTwin } from "../twins/group_norm.ts";
import { relu as reluTwin } from "../twins/relu.ts";
import { array, type Compared, PAIRS, pairs, positive, SMOOTH } from "./pairs.ts";

Deno.test("checkAdjoint finds one wrong element among many by the inner product", async () => {
  const wide = defineOp({
    name: "wide",
    inputs: ["u"],
    wgsl: `
      import super::io::{u, setV, vBar, setUBar};
      fn forward(i: u32) { setV(i, 3.0 * u(i)); }
      fn adjointU(i: u32) { setUBar(i, select(3.0, 2.0, i == 77u) * vBar(i)); }
    `,
    shape: ({ u }) => u,
  });
  const report = await checkAdjoint(gpu, wide, { u: array(100) }, { numElements: 3 });
  const { ok, numCompared, worst, innerProduct } = report.inputs.u!;
  assertEquals([ok, numCompared], [false, 3]);
  assert(worst!.error <= worst!.tolerance);
  assert(innerProduct.error > innerProduct.tolerance);
});

const CASES: readonly (readonly [
  string,
  (x: Record<string, Var>) => Var,
  Record<string, NdArray>,
  Compared?,
])[] = [
  ["conv", ({ u, w, b }) => ops.conv({ u: u!, w: w!, b }), {
    u: array(2, 9),
    w: array(3, 2, 4),
    b: array(3),
  }],
  ["dense", ({ u, w }) => ops.dense({ u: u!, w: w! }), { u: array(5), w: array(3, 5) }, {
    twin: denseTwin({ dIn: 5, dOut: 3 }),
  }],
  ["mul", ({ a, b }) => ops.mul({ a: a!, b: b! }), { a: array(5), b: array(5) }, { twin: mulTwin }],
  ["sqrt", ({ u }) => ops.sqrt({ u: u! }), { u: positive(array(9)) }, { twin: sqrtTwin }],
  ["gelu", ({ u }) => ops.gelu({ u: u! }), { u: array(33) }, { twin: geluTanh }],
  ["relu", ({ u }) => ops.relu({ u: u! }), { u: array(65) }, { twin: reluTwin }],
  ["roll", ({ u }) => ops.roll({ u: u! }, { shift: 2 }), { u: array(3, 5) }],
  ["softplus", ({ u }) => ops.softplus({ u: u! }), { u: array(17) }],
  ["groupNorm", ({ u, w, b }) => ops.groupNorm({ u: u!, w, b }), {
    u: array(3, 7),
    w: array(3),
    b: array(3),
  }, {
    twin: groupNormTwin(7, 1e-5),
  }],
];

for (const [name, op, inputs, options] of CASES) {
  Deno.test(`checkAdjoint finds ${name} right, whatever it is compared with`, async () => {
    const twins: Compared[] = [{}];
    if (options?.twin) twins.push(options, { twin: { forward: (x) => options.twin!.forward(x) } });
    for (const seed of [0, 1]) {
      for (const given of twins) {
        const report = await checkAdjoint(gpu, op, inputs, { name, key: key(seed), ...given });
        assert(report.ok, String(report));
        assertEquals(report.name, name);
      }
    }
  });
}

Deno.test("checkAdjoint takes ops as they are, optional inputs or not", async () => {
  const [u, w, b] = [array(5), array(3, 5), array(3)];
  assert((await checkAdjoint(gpu, ops.dense, { u, w, b })).ok);
  assertEquals(Object.keys((await checkAdjoint(gpu, ops.dense, { u, w })).inputs), ["u", "w"]);
});

Deno.test("checkAdjoint leaves out elements at a kink, and what is all kinks is not right", async () => {
  const at = (u: number[]) => checkAdjoint(gpu, ops.relu, { u: new NdArray(u) });
  const some = await at([0, 0.5, -1, 1e-5, 0.25, -0.75]);
  assert(some.ok, String(some));
  assertEquals([some.inputs.u!.numCompared, some.inputs.u!.numUnresolved], [4, 2]);
  const none = await at([0, 0, 0]);
  assertEquals([none.ok, none.inputs.u!.numCompared, none.inputs.u!.worst], [false, 0, null]);
  assertMatch(String(none), /no element of it could be compared/);
});

Deno.test("checkAdjoint checks a function of more than four inputs, constants and activations inside", async () => {
  const fixed = array(5);
  const f = (x: Record<"a" | "b" | "c" | "d" | "e", Var>) =>
    ops.scale({
      u: ops.tanh({
        u: ops.add({
          a: ops.add({ a: ops.mul({ a: x.a, b: x.b }), b: ops.mul({ a: x.c, b: x.d }) }),
          b: ops.mul({ a: x.e, b: constant(fixed) }),
        }),
      }),
    }, { factor: 2 });
  const report = await checkAdjoint(gpu, f, {
    a: array(5),
    b: array(5),
    c: array(5),
    d: array(5),
    e: array(5),
  });
  assert(report.ok, String(report));
  assertEquals(Object.keys(report.inputs), ["a", "b", "c", "d", "e"]);
});

Deno.test("checkAdjoint checks the inputs that are wanted", async () => {
  const oneWay = defineOp({
    name: "oneWay",
    inputs: ["u", "w"],
    wgsl: SMOOTH.replace("import super::io::{N, u", "import super::io::{N, u").replace(/fn adjointW.*/, ""),
    shape: ({ u }) => u,
    constants: ({ u }) => ({ N: u[0]! }),
  });
  const report = await checkAdjoint(gpu, oneWay, PAIRS, { wants: ["u"] });
  assert(report.ok, String(report));
  assertEquals(Object.keys(report.inputs), ["u"]);
  const error = await assertRejects(() => checkAdjoint(gpu, oneWay, PAIRS), TypeError);
  assertMatch(error.message, /^Cannot differentiate oneWay as op oneWay must have a rule adjointW/);
});

Deno.test("checkAdjoint with a tolerance of one's own", async () => {
  const wgsl = SMOOTH.replace("setWBar(i, vBar(i)", "setWBar(i, 1.001 * vBar(i)");
  assert(!(await checkAdjoint(gpu, pairs(wgsl), PAIRS)).ok);
  assert((await checkAdjoint(gpu, pairs(wgsl), PAIRS, { tolerance: 0.01 })).ok);
  assert(!(await checkAdjoint(gpu, pairs(wgsl), PAIRS, { tolerance: 1e-5 })).ok);
});

Deno.test("checkAdjoint says in a few lines what it found", async () => {
  const square = (factor: string) =>
    defineOp({
      name: "square",
      inputs: ["u"],
      wgsl: `
        import super::io::{u, setV, vBar, setUBar};
        fn forward(i: u32) { setV(i, u(i) * u(i)); }
        fn adjointU(i: u32) { setUBar(i, ${factor}u(i) * vBar(i)); }
      `,
      shape: ({ u }) => u,
    });
  const inputs = { u: new NdArray([0.5, -1, 2], [1, 3]) };
  const right = await checkAdjoint(gpu, square("2.0 * "), inputs, { twin: squareTwin });
  const lines = String(right).split("\n");
  assertEquals(lines.length, 4);
  assertEquals(lines[0], "square is right, compared with tangent of the twin");
  assertMatch(
    lines[1]!,
    /^ {2}v \[1, 3\] is right: 3 compared, off by at most 0 \(0 of the largest\); worst at \[0, \d\], /,
  );
  assertMatch(
    lines[2]!,
    /^ {2}uBar \[1, 3\] is right: 3 compared, off by at most .*, as a (state|parameter)$/,
  );
  assertMatch(lines[3]!, /^ {4}<uBar, u'> is \S+, <vBar, J u'> is \S+, allowed are \S+$/);
  const wrong = await checkAdjoint(gpu, square(""), inputs, { twin: squareTwin });
  const { worst, maxError, maxRelativeError } = wrong.inputs.u!;
  assertEquals(worst!.error, maxError);
  assert(Math.abs(worst!.actual / worst!.expected - 0.5) < 1e-6);
  assert(Math.abs(maxRelativeError - 0.5) < 1e-6);
  assertMatch(String(wrong), /^square is wrong.*\n.*is right.*\n {2}uBar \[1, 3\] is wrong: /);
});

Deno.test("checkAdjoint frees its buffers, also when it fails", async () => {
  const before = gpu.bytes;
  await checkAdjoint(gpu, ops.square, { u: array(5) });
  await assertRejects(() => checkAdjoint(gpu, pairs(SMOOTH.replace("* u(i)", "* oops")), PAIRS));
  assertEquals(gpu.bytes, before);
});

Deno.test("checkAdjoint refuses what it cannot check", async () => {
  const u = array(3);
  const message = (
    f: () => Promise<unknown>,
    type: typeof TypeError | typeof OptionsError | typeof ShapeError,
  ) => assertRejects(f, type as typeof Error).then((e) => e.message);
  assertEquals(
    await message(() => checkAdjoint(gpu, ops.square, { u: [1, 2] as never }), TypeError),
    "Cannot check square as input u must be an NdArray of finite numbers: current u is [1, 2]",
  );
  assertEquals(
    await message(() => checkAdjoint(gpu, ops.square, { u: new NdArray([1, NaN]) }), TypeError),
    "Cannot check square as input u must be an NdArray of finite numbers: current u is [1, NaN]",
  );
  assertEquals(
    await message(
      () => checkAdjoint(gpu, ops.square, { u }, { wants: ["w" as "u"], numElements: 0 }),
      OptionsError,
    ),
    "Cannot check square as 2 options do not hold:\n" +
      `- wants.0 must be one of "u": current wants.0 is "w"\n` +
      "- numElements must be an integer >= 1: current numElements is 0",
  );
  assertEquals(
    await message(() => checkAdjoint(gpu, ops.square, { u }, { key: 3 as never }), OptionsError),
    "Cannot check square as key must be a key of random.key: current key is 3",
  );
  const short = { forward: () => [1, 2] };
  assertEquals(
    await message(() => checkAdjoint(gpu, ops.square, { u }, { twin: short }), ShapeError),
    "Cannot check square as forward of the twin must give 3 numbers: current number is 2",
  );
  const tangent = { forward: squareTwin.forward, tangent: () => [1] };
  assertEquals(
    await message(() => checkAdjoint(gpu, ops.square, { u }, { twin: tangent }), ShapeError),
    "Cannot check square as tangent of the twin must give 3 numbers: current number is 1",
  );
  const shapes: Shape[] = [[3], [4]];
  const [a, b] = shapes.map((shape) => array(...shape)) as [NdArray, NdArray];
  await assertRejects(() => checkAdjoint(gpu, ops.add, { a, b }), ShapeError);
});
