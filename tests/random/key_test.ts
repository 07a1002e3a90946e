import { assert, assertEquals, assertFalse } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { bits, isKey, type Key, key, split } from "../../src/random/mod.ts";
import { keys, layouts } from "./golden.ts";
import { throwsExactly } from "./throws.ts";

Deno.test("key has the words of jax.random.PRNGKey", () => {
  for (const { seed, words } of keys) assertEquals([...key(seed).words], words, `seed ${seed}`);
});

Deno.test("key is immutable and carries its layout", () => {
  const k = key(1, { partitionable: false });
  assert(Object.isFrozen(k) && Object.isFrozen(k.words));
  assertEquals(k, { words: [0, 1], partitionable: false });
  assertEquals(key(1).partitionable, true);
  assertEquals(split(k).map((half) => half.partitionable), [false, false]);
});

for (const { name, options, split: golden } of layouts) {
  Deno.test(`split gives the keys of jax.random.split (${name})`, () => {
    for (const { seed, num, words } of golden) {
      const made = split(key(seed, options), num);
      assertEquals(made.flatMap((k) => [...k.words]), words, `seed ${seed}, num ${num}`);
    }
  });
}

Deno.test("split makes two keys by default", () => {
  assertEquals(split(key(7)), split(key(7), 2));
});

Deno.test("a key survives JSON", () => {
  const [k] = split(key(7));
  const read = JSON.parse(JSON.stringify(k)) as Key;
  assertEquals(bits(read, [3]), bits(k, [3]));
});

Deno.test("isKey refuses what has no words or no layout", () => {
  assert(isKey({ words: [0, 2 ** 32 - 1], partitionable: true }));
  for (
    const x of [
      null,
      0,
      {},
      { words: [0, 1] },
      { words: [0], partitionable: true },
      { words: [0, 2 ** 32], partitionable: true },
      { words: [0, -1], partitionable: true },
      { words: [0, 0.5], partitionable: true },
      { words: [0, "1"], partitionable: true },
      { words: "01", partitionable: true },
      { words: [0, 1], partitionable: 1 },
    ]
  ) assertFalse(isKey(x), JSON.stringify(x));
});

Deno.test("key refuses seeds that are no integers of float64", () => {
  for (
    const [seed, shown] of [[0.5, "0.5"], [NaN, "NaN"], [2 ** 53 + 2, "9007199254740994"], [
      "1",
      '"1"',
    ]] as const
  ) {
    throwsExactly(
      () => key(seed as number),
      RangeError,
      `Cannot create key as the seed must be an integer in [-2^53, 2^53]: current seed is ${shown}`,
    );
  }
});

Deno.test("key refuses wrong options", () => {
  throwsExactly(
    () => key(0, { partitionable: 1 } as never),
    OptionsError,
    "Cannot create key as partitionable must be true or false: current partitionable is 1",
  );
  throwsExactly(
    () => key(0, { layout: "new" } as never),
    OptionsError,
    "Cannot create key as layout must be left out, since it is unknown (options are partitionable): " +
      'current layout is "new"',
  );
});

Deno.test("split refuses what is no key and no count", () => {
  throwsExactly(
    () => split(0 as never),
    TypeError,
    "Cannot split key as the key must come from random.key: current key is 0",
  );
  throwsExactly(
    () => split(key(0), -1),
    RangeError,
    "Cannot split key as num must be an integer >= 0: current num is -1",
  );
  throwsExactly(
    () => split(key(0), 1.5),
    RangeError,
    "Cannot split key as num must be an integer >= 0: current num is 1.5",
  );
});
