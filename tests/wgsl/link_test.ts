import { assertEquals, assertRejects } from "@std/assert";
import { link as weslLink } from "wesl";
import { GpuError } from "../../src/errors.ts";
import { link } from "../../src/wgsl/link.ts";

/** A text without the layout that the linker gives it. */
const flat = (code: string) => code.replace(/\s+/g, " ").trim();

const TRAP = {
  main: `
    import package::k::k2;
    @compute @workgroup_size(1) fn main() { let x = package::p::n + package::q::n + k2(1u); }
  `,
  k: "fn k2(n0: u32) -> u32 { return n0 + package::q::n + package::p::n; }",
  p: "const n = 10u;",
  q: "const n = 100u;",
};

Deno.test("link gives no name that a parameter has, as the linker's own mangler does", async () => {
  assertEquals(
    flat((await link("kernel", TRAP)).code),
    "@compute @workgroup_size(1) fn main() { let x = p__n + q__n + k__k2(1u); } const p__n = 10u; " +
      "const q__n = 100u; fn k__k2(n0: u32) -> u32 { return n0 + q__n + p__n; }",
  );
});

Deno.test("the linker's own mangler still miscompiles; when this fails, ours may go", async () => {
  const weslSrc = Object.fromEntries(Object.entries(TRAP).map(([path, text]) => [`./${path}.wgsl`, text]));
  const { dest } = await weslLink({ weslSrc, rootModuleName: "main" });
  assertEquals(flat(dest).match(/return .*?;/)![0], "return n0 + n0 + n;");
});

Deno.test("link leaves the names of the root, prefixes all others, and drops what nothing reaches", async () => {
  const { code } = await link("kernel", {
    main: `
      import package::use::op::forward;
      @group(0) @binding(0) var<storage, read_write> buffer: array<f32>;
      var<private> sample: u32;
      @compute @workgroup_size(1) fn main() { sample = 2u; forward(1u); }
    `,
    "use/op": `
      // a comment
      import super::io::{put, other};
      fn forward(i: u32) { put(i, 1.0); }
      fn adjoint(i: u32) { other(i); }
    `,
    "use/io": `
      import package::main::{buffer, sample};
      fn put(i: u32, x: f32) { buffer[sample + i] = x; }
    `,
  });
  assertEquals(
    flat(code),
    "@group(0) @binding(0) var<storage, read_write> buffer: array<f32>; var<private> sample: u32; " +
      "@compute @workgroup_size(1) fn main() { sample = 2u; use_op__forward(1u); } " +
      "fn use_op__forward(i: u32) { use_io__put(i, 1.0); } " +
      "fn use_io__put(i: u32, x: f32) { buffer[sample + i] = x; }",
  );
});

Deno.test("link keeps one text in two folders apart", async () => {
  const layer = "import super::io::N;\nfn layer() -> u32 { return N; }";
  const { code } = await link("kernel", {
    main: `
      import package::a::layer::layer as one;
      import package::b::layer::layer as two;
      @compute @workgroup_size(1) fn main() { let x = one() + two(); }
    `,
    "a/layer": layer,
    "b/layer": layer,
    "a/io": "const N = 3u;",
    "b/io": "const N = 4u;",
  });
  assertEquals(
    flat(code),
    "@compute @workgroup_size(1) fn main() { let x = a_layer__layer() + b_layer__layer(); } " +
      "fn a_layer__layer() -> u32 { return a_io__N; } fn b_layer__layer() -> u32 { return b_io__N; } " +
      "const a_io__N = 3u; const b_io__N = 4u;",
  );
});

Deno.test("sourceAt leads from linked text to module, line and column", async () => {
  const modules = {
    main: "import package::use::op::f;\n@compute @workgroup_size(1) fn main() { f(); }",
    "use/op": "// first line\nimport super::io::c;\n\nfn f() {\n  let x = c;\n  let why = x;\n}",
    "use/io": "const c = 3u;",
  };
  const { code, sourceAt } = await link("kernel", modules);
  assertEquals(sourceAt(code.indexOf("why")), { path: "use/op", line: 6, column: 7 });
  assertEquals(sourceAt(code.indexOf("main")), { path: "main", line: 2, column: 32 });
  assertEquals(sourceAt(code.lastIndexOf("3u")), { path: "use/io", line: 1, column: 11 });
});

Deno.test("link throws for a name that is reached and found nowhere, naming module and name", async () => {
  const error = await assertRejects(() =>
    link("kernel", {
      main: "import package::use::op::f;\n@compute @workgroup_size(1) fn main() { f(); }",
      "use/op": "import super::io::{u};\nfn f() { let x = u(1u); }",
      "use/io": "const c = 3u;",
    }), GpuError);
  assertEquals(
    error.message.split("\n")[0],
    "Cannot link kernel kernel as every name that it reaches must be found: " +
      "current error is no exported 'u' in module 'package::use::io' in file: ./use/op.wesl",
  );
});
