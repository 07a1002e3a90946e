import { assertEquals } from "@std/assert";
import { bits, key } from "../../src/random/mod.ts";
import { digest, digestOf, layouts } from "./golden.ts";
import { throwsExactly } from "./throws.ts";

for (const { name, options, bits: golden, bitsScalar, bitsMatrix } of layouts) {
  Deno.test(`bits are those of jax.random.bits (${name})`, () => {
    for (const entry of golden) {
      const { seed, size } = entry;
      assertEquals(
        digest(bits(key(seed, options), [size])),
        digestOf(entry),
        `seed ${seed}, size ${size}`,
      );
    }
  });

  Deno.test(`bits take any number of axes (${name})`, () => {
    assertEquals([...bits(key(42, options), [])], bitsScalar);
    assertEquals([...bits(key(42, options), [3, 5])], bitsMatrix);
  });

  Deno.test(`bits own their buffer (${name})`, () => {
    assertEquals(bits(key(0, options), [3]).buffer.byteLength, 12);
  });
}

Deno.test("bits refuse what is no key and no shape", () => {
  throwsExactly(
    () => bits(null as never, [1]),
    TypeError,
    "Cannot draw bits as the key must come from random.key: current key is null",
  );
  throwsExactly(
    () => bits(key(0), [2, -1]),
    RangeError,
    "Cannot draw bits as the shape must be a list of integers >= 0: current shape is [2, -1]",
  );
  throwsExactly(
    () => bits(key(0), 3 as never),
    RangeError,
    "Cannot draw bits as the shape must be a list of integers >= 0: current shape is 3",
  );
});
