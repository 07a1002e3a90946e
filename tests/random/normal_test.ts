import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { key, normal } from "../../src/random/mod.ts";
import { digest, digestOf, layouts } from "./golden.ts";
import { throwsExactly } from "./throws.ts";

for (const { name, options, normal: golden } of layouts) {
  Deno.test(`normal has the bits of jax.random.normal on a CPU (${name})`, () => {
    for (const entry of golden) {
      const { seed, size } = entry;
      assertEquals(
        digest(normal(key(seed, options), [size]).data),
        digestOf(entry),
        `seed ${seed}, size ${size}`,
      );
    }
  });
}

Deno.test("normal has the moments of the normal distribution", () => {
  const n = 200000;
  const { data } = normal(key(1), [n]);
  const moment = (power: number) => data.reduce((sum, x) => sum + x ** power, 0) / n;
  // Four standard errors each: sqrt(1 / n), sqrt(2 / n), sqrt(15 / n), sqrt(96 / n).
  assertAlmostEquals(moment(1), 0, 4 * Math.sqrt(1 / n));
  assertAlmostEquals(moment(2), 1, 4 * Math.sqrt(2 / n));
  assertAlmostEquals(moment(3), 0, 4 * Math.sqrt(15 / n));
  assertAlmostEquals(moment(4), 3, 4 * Math.sqrt(96 / n));
});

Deno.test("normal takes any number of axes", () => {
  assertEquals(normal(key(3), [2, 3]).shape, [2, 3]);
  assertEquals(normal(key(3), []).size, 1);
  assertEquals(normal(key(3), [0]).size, 0);
  assert(normal(key(3), [1000]).data.every(Number.isFinite));
});

Deno.test("normal refuses wrong arguments", () => {
  throwsExactly(
    () => normal("0" as never, [1]),
    TypeError,
    'Cannot draw normal as the key must come from random.key: current key is "0"',
  );
  throwsExactly(
    () => normal(key(0), [NaN]),
    RangeError,
    "Cannot draw normal as the shape must be a list of integers >= 0: current shape is [NaN]",
  );
});
