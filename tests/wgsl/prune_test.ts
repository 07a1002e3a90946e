import { assertEquals } from "@std/assert";
import { CONV_BLOCK, POW } from "../../shaders/bundle.ts";
import { prune } from "../../src/wgsl/prune.ts";

/** A text pruned, its lines without the spaces that pruning leaves. */
const lines = (wgsl: string, constants: Record<string, number> = {}) =>
  prune(wgsl, constants).split("\n").map((line) => line.trim().replaceAll(/\s+/g, " ")).filter((l) =>
    l !== ""
  );

Deno.test("prune leaves out what constants of the use and of the module rule out", () => {
  const wgsl = `const HALF = SIZE / 2;
const IS_ODD: bool = SIZE % 2 != 0;
fn f(i: u32) {
  if (HALF == 3) { first(i); }
  if (IS_ODD) { second(i); } else { third(i); }
  if (HALF > 3 || !IS_ODD && SIZE <= 6) { fourth(i); } else if (i > 2) { fifth(i); } else { sixth(i); }
  if (i > 3) { seventh(i); } else if (SIZE == 6) { eighth(i); } else { ninth(i); }
  if (i > 4) { tenth(i); } else if (SIZE == 7) { eleventh(i); } else { twelfth(i); }
  if (SIZE < 3) { } else if (i > 5) { last(i); }
}`;
  assertEquals(lines(wgsl, { SIZE: 6 }).slice(3, -1), [
    "{ first(i); }",
    "{ third(i); }",
    "{ fourth(i); }",
    "if (i > 3) { seventh(i); } else { eighth(i); }",
    "if (i > 4) { tenth(i); } else { twelfth(i); }",
    "if (i > 5) { last(i); }",
  ]);
  assertEquals(lines(wgsl, { SIZE: 7 }).slice(3, -1), [
    "{ first(i); }",
    "{ second(i); }",
    "if (i > 2) { fifth(i); } else { sixth(i); }",
    "if (i > 3) { seventh(i); } else { ninth(i); }",
    "if (i > 4) { tenth(i); } else { eleventh(i); }",
    "if (i > 5) { last(i); }",
  ]);
});

Deno.test("prune leaves out what follows a return that is always reached, in its block alone", () => {
  const wgsl = `fn f(i: u32) -> u32 {
  for (var j = 0u; j < i; j++) {
    if (KIND == 1) { let k = j; return k; }
    if (j > 2) { return 3; }
    use(j);
  }
  if (KIND == 1) { if (i > 2) { return 4; } }
  if (i > 9) { return 5; } else if (KIND == 1) { return 6; }
  return 7;
}`;
  assertEquals(lines(wgsl, { KIND: 1 }), [
    "fn f(i: u32) -> u32 {",
    "for (var j = 0u; j < i; j++) {",
    "{ let k = j; return k; }",
    "}",
    "{ if (i > 2) { return 4; } }",
    "if (i > 9) { return 5; } else { return 6; }",
    "return 7;",
    "}",
  ]);
  assertEquals(lines(wgsl, { KIND: 2 }).slice(2), [
    "if (j > 2) { return 3; }",
    "use(j);",
    "}",
    "if (i > 9) { return 5; }",
    "return 7;",
    "}",
  ]);
});

Deno.test("prune leaves out what follows where the only branch left returns", () => {
  const wgsl = `fn f(i: u32) {
  if (KIND == 1) { use(i); } else { return; }
  use(i + 1);
}`;
  assertEquals(lines(wgsl, { KIND: 2 }), ["fn f(i: u32) {", "{ return; }", "}"]);
  assertEquals(lines(wgsl, { KIND: 1 }), ["fn f(i: u32) {", "{ use(i); }", "use(i + 1);", "}"]);
});

Deno.test("prune takes no more than the branch where no spaces stand around it", () => {
  const wgsl = "fn f(i: u32) {if(KIND==1){a(i);}b(i);if(i>1){c(i);}else if(KIND==1){d(i);}e(i);}";
  assertEquals(lines(wgsl, { KIND: 2 }), ["fn f(i: u32) { b(i);if(i>1){c(i);} e(i);}"]);
  const either = "const IS = KIND == 1 || KIND == 2;\nfn f() { if (IS) { a(); } }";
  assertEquals(lines(either, { KIND: 2 })[1], "fn f() { { a(); } }");
});

Deno.test("prune keeps a condition that has anything but integers, constants and operators", () => {
  const kept = (condition: string, constants: Record<string, number> = {}) =>
    assertEquals(lines(`fn f(i: u32) { if (${condition}) { g(i); } }`, constants), [
      `fn f(i: u32) { if (${condition}) { g(i); } }`,
    ]);
  kept("i == 0", { i: 0 });
  kept("SIZE == 0");
  kept("RATE > 0.0", { RATE: 1 });
  kept("RATE > 0", { RATE: 0.5 });
  kept("max(SIZE, 1) == 1", { SIZE: 1 });
  kept("SIZE / 0 == 1", { SIZE: 1 });
  kept("SIZE == 1 && i == 0", { SIZE: 1 });
  kept("SIZE", { SIZE: 1 });
  kept("1 << 31 > 0");
  kept("SIZE & 1 == 1", { SIZE: 2 ** 32 + 1 });
});

Deno.test("prune takes no local or parameter for a constant of the same name", () => {
  const wgsl = `fn f(SIZE: u32) { if (SIZE == 6) { g(); } }
fn h() {
let COUNT = 1;
var<function> RATE = 1;
const N = 1;
if (COUNT == 1) { g(); }
if (RATE == 1) { g(); }
if (N == 1) { g(); }
}`;
  assertEquals(lines(wgsl, { SIZE: 6, COUNT: 1, RATE: 1, N: 1 }), wgsl.split("\n"));
});

Deno.test("a constant of the module is as large as it says, unless it has a type", () => {
  const of = (type: string) =>
    lines(`const LIMIT${type} = 4294967295;\nfn f() { if (SIZE < LIMIT) { g(); } }`, { SIZE: 5 })[1];
  assertEquals(of(""), "fn f() { { g(); } }");
  assertEquals(of(": u32"), "fn f() { { g(); } }");
});

Deno.test("prune counts in the integers of WGSL", () => {
  const taken = (condition: string) =>
    lines(`fn f() { if (${condition}) { g(); } }`, { A: -7, B: 3 })[0] === "fn f() { { g(); } }";
  assertEquals(taken("A / B == -2 && A % B == -1"), true);
  assertEquals(taken("(A + B) * 2 == -(8)"), true);
  assertEquals(taken("1 + 2 * 3 == 7 && 7 - 2 - 1 == 4"), true);
  assertEquals(taken("1u << 3 == 8u && 5 >> 1 == 2 && (6 & 3) == 2 && (6 | 1) == 7 && (6 ^ 3) == 5"), true);
  assertEquals(taken("0u - 1u > 5u"), true);
  assertEquals(taken("B >= 3 && B <= 3 && B != 4 && !(B < 3) && !(B > 3)"), true);
  assertEquals(taken("B == 4"), false);
});

Deno.test("what prune keeps stays on its line and column", () => {
  const constants = {
    C_IN: 8,
    C_OUT: 8,
    BOUNDARY: 0,
    N_Z: 1,
    N_Y: 1,
    N_X: 32,
    K_Z: 1,
    K_Y: 1,
    K_X: 3,
    PAD_X: 1,
  };
  for (const [wgsl, known] of [[CONV_BLOCK, constants], [POW, { IS_INTEGER: 1 }]] as const) {
    const before = wgsl.split("\n");
    const after = prune(wgsl, known).split("\n");
    assertEquals(after.length, before.length);
    after.forEach((line, i) => {
      [...line].forEach((c, column) => c === " " || assertEquals(c, before[i]![column]));
    });
  }
});
