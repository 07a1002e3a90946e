import { assertEquals } from "@std/assert";
import { position, tokenize } from "../../tools/tokens.ts";

const texts = (source: string, language: "ts" | "wgsl" = "ts") =>
  tokenize(source, language).map(({ kind, text }) => kind === "string" ? `'${text}'` : text);

Deno.test("tokenize skips comments", () => {
  assertEquals(texts("a // b + c\n/* d\n- e */ f"), ["a", "f"]);
  assertEquals(texts("let a = 1; // b + c\n/* d */ return a;", "wgsl").join(" "), "let a = 1 ; return a ;");
});

Deno.test("tokenize keeps a string whole", () => {
  assertEquals(texts(`f("a + \\" b", 'c - d')`), ["f", "(", `'"a + \\" b"'`, ",", `''c - d''`, ")"]);
});

Deno.test("tokenize sees the expressions in a template literal and not its text", () => {
  const source = "`1 + ${a - {b: 2}.b} * ${`x${-c}`}` + d";
  const first = ["'1 + '", "${", "a", "-", "{", "b", ":", "2", "}", ".", "b", "}"];
  assertEquals(texts(source), [...first, "' * '", "${", "'x'", "${", "-", "c", "}", "}", "+", "d"]);
});

Deno.test("tokenize tells a division from a regular expression", () => {
  assertEquals(texts("a / b / c"), ["a", "/", "b", "/", "c"]);
  assertEquals(texts("x = /a[/]\\/b/g.test(y) / 2"), [
    "x",
    "=",
    "'/a[/]\\/b/g'",
    ".",
    "test",
    "(",
    "y",
    ")",
    "/",
    "2",
  ]);
  assertEquals(texts("return /-1/"), ["return", "'/-1/'"]);
});

Deno.test("tokenize takes the longest operator", () => {
  assertEquals(texts("a!==b=>c>>>=d?.e??=f**g"), [
    "a",
    "!==",
    "b",
    "=>",
    "c",
    ">>>=",
    "d",
    "?.",
    "e",
    "??=",
    "f",
    "**",
    "g",
  ]);
});

Deno.test("tokenize takes numbers with their suffix", () => {
  assertEquals(texts("0u 1.5f 0x1Fu 1e-3f .5 2h", "wgsl"), ["0u", "1.5f", "0x1Fu", "1e-3f", ".5", "2h"]);
  assertEquals(texts("1_000 10n 1e6 x[0].y"), ["1_000", "10n", "1e6", "x", "[", "0", "]", ".", "y"]);
});

Deno.test("position counts from one", () => {
  assertEquals(position("ab\ncd", 0), { line: 1, column: 1 });
  assertEquals(position("ab\ncd", 4), { line: 2, column: 2 });
});
