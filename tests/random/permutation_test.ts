import { assertEquals } from "@std/assert";
import { key, permutation } from "../../src/random/mod.ts";
import reference from "../golden/trainax_linear.json" with { type: "json" };
import { digest, digestOf, layouts } from "./golden.ts";
import { throwsExactly } from "./throws.ts";

for (const { name, options, permutation: golden } of layouts) {
  Deno.test(`permutation is that of jax.random.permutation (${name})`, () => {
    // 1625 is the longest list that one sort shuffles, and 100000 the only one here with ties.
    for (const entry of golden) {
      const { seed, n } = entry;
      assertEquals(digest(permutation(key(seed, options), n)), digestOf(entry), `seed ${seed}, n ${n}`);
    }
  });
}

Deno.test("permutation gives the first batch of the linear reference problem", () => {
  const order = permutation(key(42, { partitionable: false }), 1980);
  assertEquals([...order.subarray(0, 8)], reference._first_batch_idx_sup1);
});

Deno.test("permutation has every number once", () => {
  for (const n of [0, 1, 2, 3, 5000]) {
    assertEquals(permutation(key(9), n).sort(), Uint32Array.from({ length: n }, (_, i) => i));
  }
});

Deno.test("permutation refuses wrong arguments", () => {
  throwsExactly(
    () => permutation([0, 0] as never, 1),
    TypeError,
    "Cannot draw permutation as the key must come from random.key: current key is [0, 0]",
  );
  throwsExactly(
    () => permutation(key(0), -3),
    RangeError,
    "Cannot draw permutation as n must be an integer >= 0: current n is -3",
  );
});
