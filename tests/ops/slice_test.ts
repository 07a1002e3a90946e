import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import { concat, slice as op, type SliceOptions } from "../../src/ops/mod.ts";
import { reshape as sameTwin, slice as twin } from "../twins/shape.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

/** Shapes, and the channels taken. */
const CASES: readonly (readonly [Shape, number, number])[] = [
  [[1], 0, 1],
  [[5], 1, 3],
  [[3, 33], 0, 2],
  [[3, 33], 2, 3],
  [[5, 3, 2], 1, 4],
];

Deno.test("slice twin has the tangent of differences and its transpose", () => {
  assertTwin("slice", twin([4, 2], 1, 3), { u: 8 });
});

for (const [shape, start, end] of CASES) {
  const call = ({ u }: Parameters<typeof op>[0]) => op({ u }, { start, end });
  const c = unaryCase(`slice ${start}:${end} of [${shape}]`, shape, call, twin(shape, start, end), {
    v: 0,
    u: 0,
  });
  Deno.test(`${c.use.name} agrees with its twin`, async () => {
    await check(c, { batch: 37, live: 33, members: 2 });
    await check(c, { batch: 3, accumulates: true });
  });
}

Deno.test("slice takes all channels from 0 unless it is told", async () => {
  const parts = unaryCase(
    "slices, joined",
    [3, 5],
    ({ u }) => concat({ a: op({ u }, { end: 1 }), b: op({ u }, { start: 1 }) }),
    sameTwin(15),
    { v: 0, u: 1 },
  );
  await check(parts, { batch: 3, members: 2 });
});

Deno.test("slice refuses channels that are not there, and none at all", () => {
  const message = (options: SliceOptions) =>
    assertThrows(() => trace("f", [[3, 5]], (_, [u]) => op({ u: u! }, options)), OptionsError).message;
  assertEquals(
    message({ start: 1, end: 4 }),
    "Cannot apply slice as end must be an integer in (1, 3] for u of shape [3, 5]: current end is 4",
  );
  assertEquals(
    message({ start: 3 }),
    "Cannot apply slice as end must be an integer in (3, 3] for u of shape [3, 5]: current end is 3",
  );
  assertEquals(
    message({ start: -1 }),
    "Cannot apply slice as start must be an integer >= 0: current start is -1",
  );
});
