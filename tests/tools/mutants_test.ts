import { assertEquals } from "@std/assert";
import { applyMutant, mutantsOf } from "../../tools/mutate/mutants.ts";

const changes = (path: string, source: string) => mutantsOf(path, source).map((m) => m.mutated);

Deno.test("mutantsOf changes one operator at a time", () => {
  assertEquals(changes("a.ts", "const x = a + b * c;"), ["const x = a - b * c;", "const x = a + b / c;"]);
  assertEquals(changes("a.wgsl", "x += a[i] % n;"), ["x -= a[i] % n;", "x += a[i] * n;"]);
  assertEquals(changes("a.ts", "if (a && b || c) d -= e!;"), [
    "if (a || b || c) d -= e!;",
    "if (a && b && c) d -= e!;",
    "if (a && b || c) d += e!;",
  ]);
  assertEquals(changes("a.wgsl", "let x = a & b | c ^ d;"), [
    "let x = a | b | c ^ d;",
    "let x = a & b & c ^ d;",
    "let x = a & b | c & d;",
  ]);
});

Deno.test("mutantsOf moves bounds and turns comparisons", () => {
  assertEquals(changes("a.ts", "for (; i < n;) a === b;"), [
    "for (; i <= n;) a === b;",
    "for (; i < n;) a !== b;",
  ]);
  assertEquals(changes("a.wgsl", "a >= b; c != d; e > f;"), [
    "a > b; c != d; e > f;",
    "a >= b; c == d; e > f;",
    "a >= b; c != d; e >= f;",
  ]);
});

Deno.test("mutantsOf drops signs and negations, and keeps non-null assertions", () => {
  assertEquals(changes("a.ts", "return -a! - !b;"), [
    "return a! - !b;",
    "return -a! + !b;",
    "return -a! - b;",
  ]);
  assertEquals(changes("a.wgsl", "return -a;"), ["return a;"]);
});

Deno.test("mutantsOf changes literals and keeps their type", () => {
  const ts = (literal: string) => changes("a.ts", `x = ${literal};`).map((s) => s.slice(4, -1));
  assertEquals(ts("0"), ["1"]);
  assertEquals(ts("1"), ["2", "0"]);
  assertEquals(ts("1_000"), ["1001"]);
  assertEquals(ts("0x1f"), ["32"]);
  assertEquals(ts("0.5"), ["1.5"]);
  assertEquals(ts("1e30"), ["2e+30"]);
  assertEquals(ts("true"), ["false"]);
  assertEquals(changes("a.wgsl", "x = 0u + 1.0f;"), [
    "x = 1u + 1.0f;",
    "x = 0u - 1.0f;",
    "x = 0u + 2.0f;",
    "x = 0u + 0.0f;",
  ]);
});

Deno.test("mutantsOf leaves types, imports, strings, comments and layouts alone", () => {
  assertEquals(
    changes("a.ts", 'import { a } from "b+1";\nconst x: Map<A, B<C>> | D = f<E>("1 + 2"); // 3 + 4'),
    [],
  );
  assertEquals(changes("a.ts", "const f = async (): Promise<A> => await import(b);"), []);
  assertEquals(
    changes("a.wgsl", "import super::io::{a, b};\nvar<storage, read> x: array<vec4<f32>>; // 1 - 2"),
    [],
  );
  assertEquals(changes("a.wgsl", "@group(0) @binding(1) var<uniform> a: A;\nfn f() -> f32 {}"), []);
});

Deno.test("mutantsOf sees expressions inside template literals", () => {
  assertEquals(changes("a.ts", "throw `1 + ${a - b}`;"), ["throw `1 + ${a + b}`;"]);
});

Deno.test("mutantsOf says where, and applyMutant changes only that", () => {
  const source = "a;\n  b + c;\nd + e;\n";
  const [first, second] = mutantsOf("a.ts", source);
  assertEquals([first!.line, first!.column, first!.original, first!.mutated], [2, 5, "b + c;", "b - c;"]);
  assertEquals(applyMutant(source, second!), "a;\n  b + c;\nd - e;\n");
});

Deno.test("mutantsOf sees WGSL in the strings of src/wgsl, and no messages", () => {
  const source = 'f(`a[${b - c} + i] * 2u; // ${d}`, "Cannot a + b");';
  assertEquals(changes("src/wgsl/a.ts", source), [
    'f(`a[${b + c} + i] * 2u; // ${d}`, "Cannot a + b");',
    'f(`a[${b - c} - i] * 2u; // ${d}`, "Cannot a + b");',
    'f(`a[${b - c} + i] / 2u; // ${d}`, "Cannot a + b");',
    'f(`a[${b - c} + i] * 3u; // ${d}`, "Cannot a + b");',
  ]);
  assertEquals(changes("src/tape/a.ts", source), ['f(`a[${b + c} + i] * 2u; // ${d}`, "Cannot a + b");']);
  assertEquals(changes("src/wgsl/a.ts", "x = `@binding(${i}) a: array<f32>; var<a, ${b}> c;`;"), []);
});
