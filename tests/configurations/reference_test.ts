import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { programFor } from "../tape/parts.ts";
import { type Evaluation, interpret } from "../twins/interpreter.ts";
import { benchOf, DATA, T } from "./problem.ts";
import { batchesFor, CONFIGURATIONS, GOLDEN } from "./reference.ts";

function assertMeets(name: string, { loss, gradient }: Evaluation): void {
  const entry = GOLDEN[name]!;
  const close = (actual: number, expected: number) =>
    assert(
      Math.abs(actual - expected) <= 1e-10 * Math.abs(expected),
      `${name}: ${actual} is not ${expected}`,
    );
  close(loss, entry.loss);
  gradient.forEach((g, p) => close(g, entry.grad[p]!));
}

Deno.test("reference has an entry for every configuration here and no other", () => {
  assertEquals(Object.keys(GOLDEN).filter((name) => !name.startsWith("_")), Object.keys(CONFIGURATIONS));
});

Deno.test("reference pins the data and the first batch", () => {
  GOLDEN._ic0.forEach((u, n) => assertAlmostEquals(DATA[0]![n]!, u, 1e-14));
  const rows = batchesFor("sup1").batch(0).slice(0, 8);
  const windows = rows.map((row) => Math.floor(row / T) * (T - 1) + row % T);
  assertEquals(windows, GOLDEN._first_batch_idx_sup1);
});

for (const [name, configuration] of Object.entries(CONFIGURATIONS)) {
  Deno.test(`${name} has the reference loss and gradient, with the same bits under both memory policies`, () => {
    const bench = benchOf(batchesFor(name).batch(0), Float64Array.from(GOLDEN._w0));
    const stored = interpret(programFor(configuration, "store"), bench);
    const recomputed = interpret(programFor(configuration, "recompute"), bench);
    const evaluated = interpret(programFor(configuration), bench);
    assertMeets(name, stored);
    assertEquals(recomputed, stored);
    assertEquals(evaluated.terms, stored.terms);
    assertEquals(evaluated.gradient, new Float64Array(2));
  });
}
