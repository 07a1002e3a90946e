import { assert, assertEquals } from "@std/assert";
import { matchesGlob, stagesOf } from "../../tools/mutate/cover.ts";
import { explains } from "../../tools/mutate/explained.ts";
import { mutantsOf } from "../../tools/mutate/mutants.ts";
import { shuffled } from "../../tools/mutate/sample.ts";

Deno.test("matchesGlob knows one and two stars", () => {
  assert(matchesGlob("shaders/frames/a.wgsl", "shaders/**/*.wgsl"));
  assert(matchesGlob("shaders/a.wgsl", "shaders/**/*.wgsl"));
  assert(!matchesGlob("shaders/a.ts", "shaders/**/*.wgsl"));
  assert(!matchesGlob("src/tape/b/a.ts", "src/tape/*.ts"));
  assert(!matchesGlob("src/tape/axts", "src/tape/*.ts"));
  assert(matchesGlob("a/b.c", "**"));
});

Deno.test("stagesOf names the tests of a file, its own first, none twice", () => {
  const tests = [
    "tests/ops/tanh_test.ts",
    "tests/ops/conv_test.ts",
    "tests/tape/a_test.ts",
    "tests/tape/b_test.ts",
    "tests/tape/c.ts",
  ];
  assertEquals(stagesOf("shaders/conv.wgsl", tests), [["tests/ops/conv_test.ts"], [
    "tests/ops/tanh_test.ts",
  ]]);
  assertEquals(stagesOf("src/tape/b.ts", tests), [["tests/tape/b_test.ts"], ["tests/tape/a_test.ts"]]);
  assertEquals(stagesOf("src/data/mixer.ts", tests), []);
});

Deno.test("shuffled is fixed by its seed and starts with one mutant of each file", () => {
  const mutants = [...mutantsOf("a.ts", "x = a + b - c * d / e;"), ...mutantsOf("b.ts", "x = a + b;")];
  const names = (seed: number) => shuffled(mutants, seed).map((m) => m.path + m.column);
  assertEquals(names(1), names(1));
  assertEquals(new Set(names(1)), new Set(mutants.map((m) => m.path + m.column)));
  assert([1, 2, 3, 4].some((seed) => names(seed).join() !== names(0).join()));
  for (const seed of [0, 1, 2]) {
    assertEquals(shuffled(mutants, seed).slice(0, 2).map((m) => m.path).sort(), ["a.ts", "b.ts"]);
  }
});

Deno.test("explains goes by the text of the line", () => {
  const [plus, minus] = mutantsOf("a.ts", "x = a + b - c;");
  const explanation = {
    path: "a.ts",
    original: "x = a + b - c;",
    mutated: "x = a - b - c;",
    reason: "b is 0",
  };
  assert(explains(explanation, plus!));
  assert(!explains(explanation, minus!));
});
