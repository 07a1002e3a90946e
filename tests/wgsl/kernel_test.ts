import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
// @ts-types="npm:wgsl_reflect@1.6.0/types/index.d.ts"
import { detectRaces } from "wgsl_reflect";
import { adjointCalls, forwardCalls, graphOf, innerReads } from "../../src/graph/graph.ts";
import { defineStepper } from "../../src/graph/stepper.ts";
import { NdArray } from "../../src/ndarray.ts";
import { conv, tanh } from "../../src/ops/mod.ts";
import { FlatLayout } from "../../src/run/flat.ts";
import { layoutsOf } from "../../src/run/packed.ts";
import { Placement } from "../../src/run/places.ts";
import {
  bindingsOf,
  foldGrid,
  type FrameKind,
  type KernelOptions,
  linkKernel,
  WORKGROUP_SIZE,
  workgroupsOf,
} from "../../src/wgsl/kernel.ts";

const place = (name: string, base = "sample * 8u") => ({ binding: `${name}Buffer`, base });

/** Every kind of function over three inputs, of which each reads other ones. */
const OP = {
  name: "taps",
  wgsl: `
    import super::io::{N, u, w, b, vBar, setV, setUBar};
    fn forward(i: u32) { setV(i, w(0u) * u(i) + w(1u) * u((i + 1u) % N) + b(0u)); }
    fn adjointU(i: u32) { setUBar(i, w(0u) * vBar(i) + w(1u) * vBar((i + N - 1u) % N)); }
    fn adjointW(k: u32, n: u32) -> f32 { return vBar(n) * u((n + k) % N); }
    fn adjointB(i: u32, n: u32) -> f32 { return vBar(n); }
  `,
};
const INPUTS = ["u", "w", "b"];

/** A kernel of the op, without b. */
function kernelOf(fn: string, options: Partial<KernelOptions> = {}): KernelOptions {
  return {
    use: {
      op: OP,
      constants: { N: 5 },
      inputs: INPUTS,
      readByFour: [],
      reads: { u: place("u"), w: place("w", "member * 64u"), vBar: place("vBar") },
      write: { tensor: { forward: "v", adjointU: "uBar" }[fn] ?? "wBar", place: place("out"), mode: "set" },
    },
    fn,
    calls: 5,
    summands: 0,
    overBatch: false,
    ...options,
  };
}

const names = (kernel: { bindings: readonly { name: string; kind: string }[] }) =>
  kernel.bindings.map(({ name, kind }) => `${name} ${kind}`);

Deno.test("a kernel has the frame that its function needs", async () => {
  const summands = { summands: 5, calls: 2 };
  const kernels = await Promise.all([
    linkKernel(kernelOf("forward")),
    linkKernel(kernelOf("adjointW", summands)),
    linkKernel(kernelOf("adjointW", { ...summands, overBatch: true })),
  ]);
  assertEquals(kernels.map(({ label, frame, calls }) => [label, frame, calls]), [
    ["taps.forward", "element", 5],
    ["taps.adjointW", "workgroup_sum", 2],
    ["taps.adjointW", "batch_sum", 2],
  ]);
  for (const { text: { code }, frame } of kernels) {
    assertEquals(code.includes(`fn frames_${frame}__run`), true);
    assertEquals(code.match(/@workgroup_size\((\d+)\)/)![1], String(WORKGROUP_SIZE));
  }
});

Deno.test("a kernel whose calls write blocks has small workgroups, and counts its lanes by them", async () => {
  for (const [options, wanted] of [[{}, 16], [{ blockLanes: 32 }, 32]] as const) {
    const { text: { code }, lanes } = await linkKernel(kernelOf("forward", { isBlocked: true, ...options }));
    assertEquals(lanes, wanted);
    assertEquals(code.match(/@workgroup_size\((\d+)\)/)![1], String(wanted));
    assertEquals(code.match(/__run\(index \* (\d+)u \+ id.x\)/)![1], String(wanted));
  }
});

Deno.test("one summand is a sum, and no summand is a writer", async () => {
  const codeOf = async (fn: string, options: Partial<KernelOptions>) => {
    const { frame, text } = await linkKernel(kernelOf(fn, { calls: 2, ...options }));
    return [frame, text.code.match(/fn call__call[^]*?\n}/)![0].replace(/\s+/g, " ")];
  };
  const returned = "fn call__call(i: u32, j: u32) -> f32 { return use_taps__adjointB(i, j); }";
  const looped =
    "fn call__call(i: u32) -> f32 { var sum = 0.0; for (var j = 0u; j < call__SUMMANDS; j++) { " +
    "sum += use_taps__adjointB(i, j); } return sum; }";
  assertEquals(await codeOf("adjointB", { summands: 1 }), ["workgroup_sum", returned]);
  assertEquals(await codeOf("adjointB", { summands: 1, overBatch: true }), ["batch_sum", looped]);
  const written = "fn call__call(i: u32) { use_taps__forward(i); }";
  assertEquals(await codeOf("forward", { overBatch: true }), ["batch_write", written]);
  assertEquals(await codeOf("forward", {}), ["element", written]);
});

Deno.test("a kernel binds what its text mentions and nothing else", async () => {
  const records = ["action record", "update record"];
  const bound = async (options: KernelOptions) =>
    names(await linkKernel(options)).filter((name) => !records.includes(name));
  assertEquals(await bound(kernelOf("forward")), ["uBuffer read", "wBuffer read", "outBuffer read_write"]);
  assertEquals(await bound(kernelOf("adjointU")), [
    "wBuffer read",
    "vBarBuffer read",
    "outBuffer read_write",
  ]);
  assertEquals(await bound(kernelOf("adjointW", { summands: 5 })), [
    "uBuffer read",
    "vBarBuffer read",
    "outBuffer read_write",
  ]);
  assertEquals(await bound(kernelOf("adjointB", { summands: 5 })), [
    "vBarBuffer read",
    "outBuffer read_write",
  ]);
});

Deno.test("a kernel binds records and windows only where it mentions them", async () => {
  const { use, ...rest } = kernelOf("forward");
  const none = { ...use, reads: { ...use.reads, u: place("u", "sample * 8u") } };
  const windowed = { ...use, reads: { ...use.reads, u: place("u", "windows[sample] * 8u") } };
  const acting = { ...use, reads: { ...use.reads, u: place("u", "action.times[0] * 8u") } };
  const bound = async (use: KernelOptions["use"]) => names(await linkKernel({ ...rest, use })).slice(0, -3);
  assertEquals(await bound(none), ["update record"]);
  assertEquals(await bound(windowed), ["update record", "windows read"]);
  assertEquals(await bound(acting), ["action record", "update record"]);
});

Deno.test("a buffer that is read and written is bound once, to be written", async () => {
  const { use, ...rest } = kernelOf("forward");
  const inPlace = { ...use, write: { ...use.write, place: place("u", "sample * 8u + 4096u") } };
  assertEquals(names(await linkKernel({ ...rest, use: inPlace })).slice(-2), [
    "uBuffer read_write",
    "wBuffer read",
  ]);
});

Deno.test("bindingsOf finds every declaration whose name occurs again", () => {
  const code = `
    @group(0) @binding(0) var<uniform> a: A;
    @group(0)   @binding(12)
    var<storage, read> b: array<f32>;
    @group(0) @binding(3) var<storage,read_write> bb: array<f32>;
    @group(0) @binding(4) var<storage, read_write> c: array<f32>;
    fn main() { bb[0] = b[1] + a.x + cc; }
  `;
  assertEquals(bindingsOf(code), [
    { name: "a", binding: 0, kind: "record" },
    { name: "b", binding: 12, kind: "read" },
    { name: "bb", binding: 3, kind: "read_write" },
  ]);
  const once = "@group(0) @binding(0) var<uniform> a: A; fn f() { }";
  assertEquals(bindingsOf(once), []);
  assertEquals(bindingsOf(`${once} fn g() { a.x; }`).length, 1);
});

/** The kernels of a stepper of one-channel convs in a row, tanh between, with so much of a tensor in uniform memory. */
async function layerTexts(maxUniformBytes = 0): Promise<Record<string, string[]>> {
  const layer = () => new NdArray([1, 2, 3], [1, 1, 3]);
  const parameters = { a: layer(), b: layer(), c: layer(), d: layer() };
  const stepper = defineStepper({
    name: "layers",
    parameters,
    forward: (u, { a, b, c, d }) => {
      const inner = [a, b, c].reduce((x, w) => tanh({ u: conv({ u: x, w }) }), u);
      return conv({ u: inner, w: d });
    },
  });
  const graph = graphOf(stepper as never, [[1, 5]], true);
  const adjoint = adjointCalls(graph, [true]);
  const unit = {
    graph,
    adjoint,
    kept: innerReads(graph, adjoint),
    stateKinds: ["state" as const],
    batchReduction: null,
  };
  const none = new FlatLayout({});
  const flat = new FlatLayout(parameters);
  const [layouts] = layoutsOf([{ unit, constants: none, isTrained: true }], flat);
  const sizes = { batch: 1, members: 1, maxUniformBytes, maxTextureRows: 0 };
  const placement = new Placement("f0", unit, layouts!, sizes, null);
  const texts: Record<string, string[]> = {};
  for (const call of [...forwardCalls(graph), ...adjoint]) {
    const { text } = await linkKernel(placement.place(call).kernel);
    (texts[call.fn] ??= []).push(text.code);
  }
  return texts;
}

Deno.test("equal layers give the same text to the byte", async () => {
  const { forward, adjointU, adjointW } = await layerTexts();
  assertEquals(forward![1], forward![2]); // the first reads a state, the last writes one
  assertNotEquals(forward![0], forward![1]);
  assertEquals(adjointU![1], adjointU![2]);
  assertEquals(adjointW![1], adjointW![2]);
  assertEquals(new Set(adjointW).size, 3);
});

Deno.test("parameters lie in uniform memory if they are no longer than a kernel may have there", async () => {
  const isUniform = async (maxUniformBytes: number) =>
    (await layerTexts(maxUniformBytes)).forward!.map((text) => /var<uniform> wBuffer/.test(text));
  assertEquals(await isUniform(16), [true, true, true, true]); // three weights, padded
  assertEquals(await isUniform(15), [false, false, false, false]);
});

Deno.test("a function that reaches what io lacks is refused with module and name", async () => {
  const { use, ...rest } = kernelOf("forward");
  const op = { name: "odd", wgsl: "import super::io::{z, setV};\nfn forward(i: u32) { setV(i, z(i)); }" };
  const error = await assertRejects(() => linkKernel({ ...rest, use: { ...use, op } }), Error);
  assertEquals(
    error.message.split("\n")[0],
    "Cannot link kernel odd.forward as every name that it reaches must be found: " +
      "current error is no exported 'z' in module 'package::use::io' in file: ./use/odd.wesl",
  );
});

Deno.test("workgroupsOf counts lanes or workgroups for each frame", () => {
  const sizes = { batch: 5, members: 3, groups: 2 };
  const count = (frame: FrameKind, calls: number, lanes = WORKGROUP_SIZE) =>
    workgroupsOf({ frame, calls, lanes }, sizes);
  assertEquals([1, 4, 5, 64].map((n) => count("element", n)), [1, 1, 2, 15]);
  assertEquals([1, 10, 11, 64].map((n) => count("batch_sum", n)), [1, 1, 2, 6]);
  assertEquals([1, 10, 11, 64].map((n) => count("batch_write", n)), [1, 1, 2, 6]);
  assertEquals([1, 10].map((n) => count("workgroup_sum", n)), [15, 150]);
  assertEquals([1, 2, 64].map((n) => count("element", n, 16)), [1, 2, 60]);
  assertEquals([2, 3, 64].map((n) => count("batch_write", n, 16)), [1, 2, 24]);
});

Deno.test("foldGrid covers all workgroups in the fewest rows within the limit", () => {
  const LIMIT = 65_535;
  const cases: [number, number, [number, number]][] = [
    [1, LIMIT, [1, 1]],
    [LIMIT, LIMIT, [LIMIT, 1]],
    [LIMIT + 1, LIMIT, [32_768, 2]],
    [10, 3, [3, 4]],
    [9, 3, [3, 3]],
    [7, 3, [3, 3]],
    [6, 3, [3, 2]],
    [5, 4, [3, 2]],
  ];
  for (const [workgroups, limit, grid] of cases) assertEquals(foldGrid(workgroups, limit), grid);
  for (let limit = 1; limit < 9; limit++) {
    for (let workgroups = 1; workgroups <= limit * limit; workgroups++) {
      const [columns, rows] = foldGrid(workgroups, limit);
      const fits = columns <= limit && rows === Math.ceil(workgroups / limit);
      const covers = columns * rows >= workgroups && columns * rows - workgroups < rows;
      assertEquals([fits, covers], [true, true], `${workgroups} workgroups, limit ${limit}`);
    }
  }
});

Deno.test("the tree of a workgroup has a barrier between all that writes and reads", async () => {
  const options = kernelOf("adjointB", { summands: 5, calls: 1 });
  const { text: { code } } = await linkKernel(options);
  const small = code.replace("@workgroup_size(64)", "@workgroup_size(4)").replace(/(LANES = )64u/, "$14u");
  const race = (text: string) => {
    const buffers = Object.fromEntries(
      bindingsOf(text).map(({ name, binding }) => [
        binding,
        {
          action: new Uint32Array(20),
          update: Uint32Array.from([1, 1, 1, 1, 1, 64, 0, 0, 0, 1]),
          windows: new Uint32Array(4),
        }[name] ?? new Float32Array(64),
      ]),
    );
    return detectRaces(text, "main", [1, 1, 1], { 0: buffers });
  };
  assertEquals(races(race(small)), 0);
  const barriers = [...small.matchAll(/workgroupBarrier\(\);/g)];
  assertEquals(barriers.length, 2);
  for (const { index, 0: barrier } of barriers) {
    assertNotEquals(races(race(small.slice(0, index) + small.slice(index + barrier.length))), 0);
  }
});

function races(report: unknown): number {
  return (report as { races: unknown[] }).races.length;
}
