import { assertEquals, assertStringIncludes } from "@std/assert";
import { combined, constantsText, declarationsOf, ioModules } from "../../src/wgsl/io.ts";
import type { Activation, Use } from "../../src/wgsl/use.ts";

const op = { name: "conv", wgsl: "the text of conv" };
const place = (name: string, base = "sample * 8u") => ({ binding: `${name}Buffer`, base });

/** A use of an op that writes `uBar`. */
const use = (more: Partial<Use> = {}, write: Partial<Use["write"]> = {}): Use => ({
  op,
  constants: { N: 5 },
  reads: { w: place("w", "member * 64u"), vBar: place("vBar") },
  readByFour: [],
  inputs: ["u", "w", "b"],
  write: { tensor: "uBar", place: place("uBar", "sample * 4u"), mode: "set", ...write },
  ...more,
});

const FIRST = "import package::main::{action, update, windows, sample, member, group, ";

Deno.test("io has constants, readers, zeros for absent inputs, and a writer", () => {
  assertEquals(ioModules(use()), {
    "use/io": [
      `${FIRST}wBuffer, vBarBuffer, uBarBuffer};`,
      "const N = 5;",
      "fn w(i: u32) -> f32 { return wBuffer[member * 64u + i]; }",
      "fn vBar(i: u32) -> f32 { return vBarBuffer[sample * 8u + i]; }",
      "fn u(i: u32) -> f32 { return 0.0; }",
      "fn b(i: u32) -> f32 { return 0.0; }",
      "fn setUBar(i: u32, x: f32) { uBarBuffer[sample * 4u + i] = x; }",
    ].join("\n"),
  });
});

/** The line of io that writes. */
const writer = (modules: Record<string, string>) => modules["use/io"]!.split("\n").at(-1)!;

Deno.test("io sets, adds, or does either by a condition", () => {
  const line = (mode: Use["write"]["mode"]) => writer(ioModules(use({}, { mode })));
  const at = "uBarBuffer[sample * 4u + i]";
  assertEquals(line("set"), `fn setUBar(i: u32, x: f32) { ${at} = x; }`);
  assertEquals(line("add"), `fn setUBar(i: u32, x: f32) { ${at} = ${at} + x; }`);
  assertEquals(
    line({ addsIf: "action.inputBarsAdd[0] != 0u" }),
    `fn setUBar(i: u32, x: f32) { ${at} = select(x, ${at} + x, action.inputBarsAdd[0] != 0u); }`,
  );
});

Deno.test("combined puts the contribution behind what stands there", () => {
  assertEquals(combined("p[0]", "set", "y"), "y");
  assertEquals(combined("p[0]", "add", "y"), "p[0] + y");
  assertEquals(combined("p[0]", { addsIf: "c" }, "y"), "select(y, p[0] + y, c)");
});

Deno.test("io binds a buffer once, and none for a number of the frame", () => {
  const reads = {
    u: place("u"),
    v: place("u", "7u"),
    vBar: { expression: "action.weight / f32(update.live)" },
  };
  assertEquals(ioModules(use({ reads, constants: {}, inputs: ["u"] }))["use/io"]!.split("\n"), [
    `${FIRST}uBuffer, uBarBuffer};`,
    "",
    "fn u(i: u32) -> f32 { return uBuffer[sample * 8u + i]; }",
    "fn v(i: u32) -> f32 { return uBuffer[7u + i]; }",
    "fn vBar(i: u32) -> f32 { return action.weight / f32(update.live); }",
    "fn setUBar(i: u32, x: f32) { uBarBuffer[sample * 4u + i] = x; }",
  ]);
});

Deno.test("io reads four elements of a buffer of vec4, or one by one where the buffer is written too", () => {
  const text = (more: Partial<Use>) => ioModules(use({ readByFour: ["vBar"], ...more }))["use/io"]!;
  const lineOf = (text: string, name: string) =>
    text.split("\n").find((line) => line.startsWith(`fn ${name}(`));
  const apart = text({});
  assertEquals(
    lineOf(apart, "vBar"),
    "fn vBar(i: u32) -> f32 { return vBarBuffer[(sample * 8u + i) / 4][(sample * 8u + i) % 4]; }",
  );
  assertEquals(
    lineOf(apart, "vBar4"),
    "fn vBar4(i: u32) -> vec4f { return vBarBuffer[(sample * 8u + i) / 4]; }",
  );
  assertEquals(lineOf(apart, "w4"), undefined);
  const at = "uBarBuffer[sample * 8u + i";
  const inPlace = text({ reads: { vBar: place("uBar") } });
  assertEquals(lineOf(inPlace, "vBar"), `fn vBar(i: u32) -> f32 { return ${at}]; }`);
  assertEquals(
    lineOf(inPlace, "vBar4"),
    `fn vBar4(i: u32) -> vec4f { return vec4f(${at} + 0], ${at} + 1], ${at} + 2], ${at} + 3]); }`,
  );
  const number = text({ reads: { vBar: { expression: "action.weight" } } });
  assertEquals(lineOf(number, "vBar4"), "fn vBar4(i: u32) -> vec4f { return vec4f(action.weight); }");
});

const leaky: Activation = { op: { name: "leaky", wgsl: "the text of leaky" }, constants: { LEAK: 0.125 } };

/** The lines of io from the first that begins so. */
const linesFrom = (modules: Record<string, string>, first: string) => {
  const lines = modules["use/io"]!.split("\n");
  return lines.slice(lines.findIndex((line) => line.startsWith(first)));
};

Deno.test("io writes four elements at once, with the sum and the slope of each", () => {
  const four = (write: Partial<Use["write"]>) =>
    linesFrom(ioModules(use({}, { byFour: "too", ...write })), "fn setUBar4(");
  const at = "uBarBuffer[sample * 4u + i";
  assertEquals(four({}), [
    "fn setUBar4(i: u32, x4: vec4f) {",
    "  let sum4 = x4;",
    `  ${at} + 0] = sum4.x;`,
    `  ${at} + 1] = sum4.y;`,
    `  ${at} + 2] = sum4.z;`,
    `  ${at} + 3] = sum4.w;`,
    "}",
  ]);
  const slope = { of: leaky, result: place("slope", "sample * 12u") };
  assertEquals(four({ mode: "add", slope }).slice(1, 4), [
    `  let old4 = vec4f(${at} + 0], ${at} + 1], ${at} + 2], ${at} + 3]);`,
    "  let made4 = slopeBuffer[(sample * 12u + i) / 4];",
    "  let sum4 = (old4 + x4) * vec4f(slope(made4.x), slope(made4.y), slope(made4.z), slope(made4.w));",
  ]);
  assertEquals(
    four({ activate: leaky })[1],
    "  let sum4 = vec4f(activate(x4.x), activate(x4.y), activate(x4.z), activate(x4.w));",
  );
});

Deno.test("io writes vectors where all that it writes comes by fours, for lanes must not share one", () => {
  const besides = (byFour: "too" | "always") =>
    [{
      tensor: "bBar",
      place: place("uBar", "member * 64u"),
      mode: "add",
      byFour,
    }] as const;
  const always = { byFour: "always" } as const;
  const alone = ioModules(use({}, { ...always, mode: "add" }));
  assertEquals(linesFrom(alone, "fn set"), [
    "fn setUBar4(i: u32, x4: vec4f) {",
    "  let old4 = uBarBuffer[(sample * 4u + i) / 4];",
    "  let sum4 = old4 + x4;",
    "  uBarBuffer[(sample * 4u + i) / 4] = sum4;",
    "}",
  ]);
  const written = (byFour: "too" | "always") =>
    declarationsOf(use({ besides: besides(byFour) }, always), 0).find((line) => line.includes("uBarBuffer"))!;
  assertStringIncludes(written("always"), "read_write> uBarBuffer: array<vec4f>");
  assertStringIncludes(written("too"), "read_write> uBarBuffer: array<f32>");
  assertEquals(linesFrom(ioModules(use({ besides: besides("too") }, always)), "fn setBBar("), [
    "fn setBBar(i: u32, x: f32) { uBarBuffer[member * 64u + i] = uBarBuffer[member * 64u + i] + x; }",
    "fn setUBar4(i: u32, x4: vec4f) {",
    "  let sum4 = x4;",
    ...[..."xyzw"].map((k, j) => `  uBarBuffer[sample * 4u + i + ${j}] = sum4.${k};`),
    "}",
    "fn setBBar4(i: u32, x4: vec4f) {",
    `  let old4 = vec4f(${[0, 1, 2, 3].map((j) => `uBarBuffer[member * 64u + i + ${j}]`).join(", ")});`,
    "  let sum4 = old4 + x4;",
    ...[..."xyzw"].map((k, j) => `  uBarBuffer[member * 64u + i + ${j}] = sum4.${k};`),
    "}",
    "fn setWBar(i: u32, x: f32) {}",
    "fn setWBar4(i: u32, x: vec4f) {}",
  ]);
});

Deno.test("io adds a residual before it activates, one by one and by fours", () => {
  const write = { tensor: "v", place: place("v"), residual: place("residual", "row * 8u"), activate: leaky };
  const modules = ioModules(use({}, { ...write, byFour: "too" }));
  const activated = (x: string) => `vec4f(${[..."xyzw"].map((k) => `activate(${x}.${k})`).join(", ")})`;
  assertEquals(linesFrom(modules, "fn setV(").slice(0, 4), [
    "fn setV(i: u32, x: f32) { vBuffer[sample * 8u + i] = " +
    "activate(x + residualBuffer[(row * 8u + i) / 4][(row * 8u + i) % 4]); }",
    "fn setV4(i: u32, x4: vec4f) {",
    "  let added4 = x4 + residualBuffer[(row * 8u + i) / 4];",
    `  let sum4 = ${activated("added4")};`,
  ]);
  assertEquals(
    linesFrom(ioModules(use({}, { residual: place("uBar") })), "fn setUBar("),
    ["fn setUBar(i: u32, x: f32) { uBarBuffer[sample * 4u + i] = x + uBarBuffer[sample * 8u + i]; }"],
  );
});

Deno.test("io around a function of one element fetches four, and puts four back", () => {
  const reads = { w: place("w", "member * 64u"), vBar: { expression: "action.weight" } };
  const by = use({ fetchesFour: true, reads }, { mode: "add" });
  assertEquals(linesFrom(ioModules(by), "var<private> part4"), [
    "var<private> part4: u32;",
    "var<private> result4: vec4f;",
    "var<private> w4: vec4f;",
    "fn w(i: u32) -> f32 { return w4[part4]; }",
    "fn vBar(i: u32) -> f32 { return action.weight; }",
    "fn u(i: u32) -> f32 { return 0.0; }",
    "fn b(i: u32) -> f32 { return 0.0; }",
    "fn setUBar(i: u32, x: f32) { result4[part4] = x; }",
    "fn fetch4(i: u32) { w4 = wBuffer[(member * 64u + i) / 4]; }",
    "fn write4(i: u32, x4: vec4f) {",
    "  let old4 = uBarBuffer[(sample * 4u + i) / 4];",
    "  let sum4 = old4 + x4;",
    "  uBarBuffer[(sample * 4u + i) / 4] = sum4;",
    "}",
    "fn put4(i: u32) { write4(i, result4); }",
  ]);
  assertEquals(declarationsOf(by, 3).map((line) => line.slice("@group(0) ".length)), [
    "@binding(3) var<storage, read> wBuffer: array<vec4f>;",
    "@binding(4) var<storage, read_write> uBarBuffer: array<vec4f>;",
  ]);
});

Deno.test("bindings are declared by what is done with them", () => {
  const declared = (more: Partial<Use>) =>
    declarationsOf(use(more), 3).map((line) => line.slice("@group(0) ".length));
  assertEquals(declared({}), [
    "@binding(3) var<storage, read> wBuffer: array<f32>;",
    "@binding(4) var<storage, read> vBarBuffer: array<f32>;",
    "@binding(5) var<storage, read_write> uBarBuffer: array<f32>;",
  ]);
  const w = { ...place("w", "0u"), uniformElements: 12 };
  assertEquals(declared({ reads: { w, vBar: place("vBar") }, readByFour: ["vBar"] }), [
    "@binding(3) var<uniform> wBuffer: array<vec4f, 3>;",
    "@binding(4) var<storage, read> vBarBuffer: array<vec4f>;",
    "@binding(5) var<storage, read_write> uBarBuffer: array<f32>;",
  ]);
  assertEquals(
    ioModules(use({ reads: { w } }))["use/io"]!.split("\n")[2],
    "fn w(i: u32) -> f32 { return wBuffer[(0u + i) / 4][(0u + i) % 4]; }",
  );
});

Deno.test("io activates what it stores, with the activation's text and constants in a folder of its own", () => {
  const modules = ioModules(use({}, { tensor: "v", place: place("v"), activate: leaky }));
  assertEquals(Object.keys(modules).sort(), ["epilogue/io", "epilogue/leaky", "use/io"]);
  assertEquals(modules["epilogue/leaky"], "the text of leaky");
  assertEquals(modules["epilogue/io"], "const LEAK = 0.125;");
  assertEquals(modules["use/io"]!.split("\n").slice(0, 2), [
    `${FIRST}wBuffer, vBarBuffer, vBuffer};`,
    "import package::epilogue::leaky::activate;",
  ]);
  assertEquals(writer(modules), "fn setV(i: u32, x: f32) { vBuffer[sample * 8u + i] = activate(x); }");
});

Deno.test("io multiplies the whole sum by the slope at the result", () => {
  const slope = { of: leaky, result: place("slope", "sample * 12u") };
  const line = (mode: Use["write"]["mode"]) => writer(ioModules(use({}, { mode, slope })));
  const at = "uBarBuffer[sample * 4u + i]";
  const times = "slope(slopeBuffer[sample * 12u + i])";
  assertEquals(line("set"), `fn setUBar(i: u32, x: f32) { ${at} = (x) * ${times}; }`);
  assertEquals(line("add"), `fn setUBar(i: u32, x: f32) { ${at} = (${at} + x) * ${times}; }`);
  const modules = ioModules(use({}, { slope }));
  assertEquals(Object.keys(modules).sort(), ["slope/io", "slope/leaky", "use/io"]);
  assertEquals(modules["slope/io"], "const LEAK = 0.125;");
  assertEquals(modules["use/io"]!.split("\n").slice(0, 2), [
    `${FIRST}wBuffer, vBarBuffer, slopeBuffer, uBarBuffer};`,
    "import package::slope::leaky::slope;",
  ]);
});

Deno.test("constants are WGSL numbers without a type", () => {
  const text = constantsText({ N: 30, NONE: -1, HALF: 0.5, SMALL: 1e-7, THIRD: Math.fround(1 / 3), ZERO: 0 });
  assertEquals(text.split("\n"), [
    "const N = 30;",
    "const NONE = -1;",
    "const HALF = 0.5;",
    "const SMALL = 1e-7;",
    "const THIRD = 0.3333333432674408;",
    "const ZERO = 0;",
  ]);
  assertEquals(
    constantsText({ LAST: 2 ** 31 - 1, NEXT: 2 ** 31 }),
    "const LAST = 2147483647;\nconst NEXT = 2.147483648e+9;",
  );
  assertEquals(constantsText({}), "");
});

Deno.test("constants too large for an integer of WGSL are floats", () => {
  const number = constantsText({ BIG: 1e20 }).replace(/^const BIG = (.*);$/, "$1");
  assertEquals([Number(number), /[.e]/.test(number)], [1e20, true]);
});
