import { assertEquals } from "@std/assert";
import { offlineConfig } from "../../tools/offline/config.ts";
import * as standIn from "../../tools/offline/assert/mod.ts";

Deno.test("offlineConfig links the stand-ins and names itself in every task", () => {
  const canonical = { name: "n", tasks: { test: "deno test --doc", ok: "deno task a && deno eval 1" } };
  assertEquals(JSON.parse(offlineConfig(JSON.stringify(canonical))), {
    name: "n",
    tasks: {
      test: "deno test --config deno.offline.json --doc",
      ok: "deno task --config deno.offline.json a && deno eval 1",
    },
    links: ["./tools/offline/assert", "./tools/offline/testing"],
    lock: false,
  });
});

Deno.test("equal of the stand-in judges as @std/assert does", () => {
  const { equal } = standIn;
  const same: [unknown, unknown][] = [
    [NaN, NaN],
    [0, -0],
    [[1, { a: [NaN] }], [1, { a: [NaN] }]],
    [new Float32Array([1, NaN]), new Float32Array([1, NaN])],
    [new Map([["a", [1]]]), new Map([["a", [1]]])],
    [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })],
  ];
  for (const [a, b] of same) standIn.assert(equal(a, b), Deno.inspect([a, b]));
  const others: [unknown, unknown][] = [
    [1, "1"],
    [null, {}],
    [{ a: undefined }, {}],
    [[1], [1, 2]],
    [new Float32Array(1), new Float64Array(1)],
    [new Float32Array(1), [0]],
    [new Set([1]), new Set([2])],
  ];
  for (const [a, b] of others) standIn.assertFalse(equal(a, b), Deno.inspect([a, b]));
});

Deno.test("the stand-in throws where an assertion does not hold", async () => {
  const { AssertionError, assertThrows } = standIn;
  const throwing = () => {
    throw new RangeError("abc");
  };
  const failures: (() => void)[] = [
    () => standIn.assert(0),
    () => standIn.assertEquals([1], [2]),
    () => standIn.assertNotEquals([1], [1]),
    () => standIn.assertStrictEquals({}, {}),
    () => standIn.assertAlmostEquals(1, 1.1, 0.01),
    () => standIn.assertAlmostEquals(NaN, 1),
    () => standIn.assertExists(null),
    () => standIn.assertInstanceOf({}, Map),
    () => standIn.assertMatch("a", /b/),
    () => standIn.assertStringIncludes("a", "b"),
    () => standIn.assertArrayIncludes([1], [2]),
    () => standIn.assertGreater(1, 1),
    () => standIn.assertLess(NaN, 1),
    () => assertThrows(() => {}),
    () => assertThrows(throwing, TypeError),
    () => assertThrows(throwing, RangeError, "d"),
  ];
  for (const failure of failures) assertThrows(failure, AssertionError);
  assertEquals(assertThrows(throwing, RangeError, "b").message, "abc");
  await standIn.assertRejects(() => standIn.assertRejects(() => Promise.resolve()), AssertionError);
  await standIn.assertRejects(() => standIn.assertRejects(throwing), AssertionError, "the function threw");
  const error = await standIn.assertRejects(() => Promise.reject(new TypeError("abc")), TypeError, "c");
  assertEquals(error.message, "abc");
});
