import { assert, assertEquals } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { key, split, uniform } from "../../src/random/mod.ts";
import reference from "../golden/trainax_linear.json" with { type: "json" };
import { digest, digestOf, layouts } from "./golden.ts";
import { throwsExactly } from "./throws.ts";

for (const { name, options, uniform: golden } of layouts) {
  Deno.test(`uniform has the bits of jax.random.uniform (${name})`, () => {
    for (const entry of golden) {
      const { seed, size, minval, maxval } = entry;
      const u = uniform(key(seed, options), [size], { minval, maxval });
      assertEquals(digest(u.data), digestOf(entry), `seed ${seed}, [${minval}, ${maxval})`);
    }
  });
}

Deno.test("uniform is in [0, 1) by default and takes any number of axes", () => {
  assertEquals(uniform(key(3), [4, 5]).shape, [4, 5]);
  assertEquals(uniform(key(3), [20]).data, uniform(key(3), [4, 5], { minval: 0, maxval: 1 }).data);
  assertEquals(uniform(key(3), []).size, 1);
  assertEquals(uniform(key(3), [0, 2]).size, 0);
  assert(uniform(key(3), [100000]).data.every((x) => x >= 0 && x < 1));
});

Deno.test("uniform may be a single point", () => {
  assertEquals(uniform(key(3), [2], { minval: 2, maxval: 2 }).data, Float32Array.of(2, 2));
});

Deno.test("uniform gives the weights of the linear reference problem", () => {
  // Those were made with a rounding after the product, which JAX itself does not do where it fuses: one unit in
  // the last place of float32.
  const [half] = split(key(73, { partitionable: false }));
  const w = uniform(half, [1, 1, 2], { minval: -Math.SQRT1_2, maxval: Math.SQRT1_2 });
  assertEquals(w.at(0, 0, 0), reference._w0[0]!);
  assert(Math.abs(w.at(0, 0, 1) - reference._w0[1]!) <= 2 ** -24);
});

Deno.test("uniform refuses wrong arguments", () => {
  throwsExactly(
    () => uniform({} as never, [1]),
    TypeError,
    "Cannot draw uniform as the key must come from random.key: current key is an object (Object)",
  );
  throwsExactly(
    () => uniform(key(0), [0.5]),
    RangeError,
    "Cannot draw uniform as the shape must be a list of integers >= 0: current shape is [0.5]",
  );
  throwsExactly(
    () => uniform(key(0), [1], { minval: 1, maxval: 0 }),
    OptionsError,
    "Cannot draw uniform as maxval must be a finite number >= minval (1): current maxval is 0",
  );
  throwsExactly(
    () => uniform(key(0), [1], { minval: -Infinity, maxval: NaN }),
    OptionsError,
    "Cannot draw uniform as 2 options do not hold:\n" +
      "- minval must be a finite number: current minval is -Infinity\n" +
      "- maxval must be a finite number: current maxval is NaN",
  );
});
