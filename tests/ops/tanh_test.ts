import { assertEquals } from "@std/assert";
import { tanh as op } from "../../src/ops/activations.ts";
import { tanh as twin } from "../twins/tanh.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertAccurate, EXTREMES, grid } from "./pointwise.ts";
import { assertTwin } from "./twin.ts";

/** WGSL lets a driver form tanh from exponentials: as many roundings as this many terms would have. */
const DRIVER = 12;
const tanhCase = (size: number) => unaryCase("tanh", [size], op, twin, { v: DRIVER, u: 2 * DRIVER });

Deno.test("tanh twin has the tangent of differences and its transpose", () => {
  assertTwin("tanh", twin, { u: 9 }, (x) => 3 * x);
});

for (const size of [1, 3, 64, 65]) {
  Deno.test(`tanh of ${size} agrees with its twin`, async () => {
    await check(tanhCase(size), { batch: 37, live: 33, members: 2 });
    await check(tanhCase(size), { batch: 3, accumulates: true });
    await check(tanhCase(size), { batch: 1 });
  });
}

Deno.test("tanh agrees with its twin far from 0", async () => {
  const u = [0, -0, 1e-30, 1, -2, 4, -6, 8, 9.5, -9.5, 10.5, -11, 88, -89, 1e4, -1e4, Infinity, -Infinity];
  await check(tanhCase(18), { batch: 1, values: { u } });
});

Deno.test("tanh of at least 10 is 1 with slope 0", async () => {
  const { after, memory } = await check(tanhCase(4), {
    batch: 1,
    values: { u: [10, 1e4, -10, -1e4] },
  });
  const read = ({ key, at }: { key: string; at: number }) => [...after.get(key)!.subarray(at, at + 4)];
  assertEquals(read(memory.outputAt(0, 0)), [1, 1, -1, -1]);
  assertEquals(read(memory.inputBarAt("u", 0, 0)), [0, 0, 0, 0]);
});

Deno.test("tanh of NaN is NaN", async () => {
  await check(tanhCase(2), { batch: 1, values: { u: [NaN, 1] } });
});

Deno.test("tanh is accurate to some units in the last place, also near 0", async () => {
  const TANH = { name: "tanh", op, twin, terms: { v: DRIVER, u: DRIVER } };
  await assertAccurate(TANH, [...grid(-1, 1, 1001), 1e-30, -1e-20, 1e-10, -1e-7], { v: 5e-7, slope: 5e-7 });
  await assertAccurate(TANH, grid(-11, 11, 1001), { v: 5e-7, slope: 5e-7 });
  await assertAccurate(TANH, EXTREMES, { v: 5e-7, slope: 5e-7 });
});
