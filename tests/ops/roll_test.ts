import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import { roll as op, type RollOptions } from "../../src/ops/mod.ts";
import { roll as twin } from "../twins/shape.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

/** Shapes, shifts and axes. */
const CASES: readonly (readonly [Shape, number, number])[] = [
  [[1], 1, 0],
  [[5], 1, 0],
  [[5], -2, -1],
  [[2, 65], 3, -1],
  [[2, 65], -130, 1],
  [[2, 3, 5], 7, 1],
  [[3, 5, 7], -1, -3],
  [[2, 3, 5], 4, 2],
];

Deno.test("roll twin moves the first element on by the shift", () => {
  assertEquals([...twin([4], 1, 0).forward({ u: Float64Array.of(1, 2, 3, 4) })], [4, 1, 2, 3]);
  assertEquals([...twin([2, 2], 1, 0).forward({ u: Float64Array.of(1, 2, 3, 4) })], [3, 4, 1, 2]);
  assertTwin("roll", twin([2, 3], -1, 1), { u: 6 });
});

for (const [shape, shift, axis] of CASES) {
  const call = ({ u }: Parameters<typeof op>[0]) => op({ u }, { shift, axis });
  const c = unaryCase(
    `roll by ${shift} on axis ${axis}`,
    shape,
    call,
    twin(shape, shift, (axis + shape.length) % shape.length),
    { v: 0, u: 0 },
  );
  Deno.test(`${c.use.name} of [${shape}] agrees with its twin`, async () => {
    await check(c, { batch: 37, live: 33, members: 2 });
    await check(c, { batch: 3, accumulates: true });
  });
}

Deno.test("roll is along the last axis unless it is told", async () => {
  const c = unaryCase("roll", [2, 5], ({ u }) => op({ u }, { shift: 2 }), twin([2, 5], 2, 1), { v: 0, u: 0 });
  await check(c, { batch: 2 });
});

Deno.test("roll refuses an axis that is not there and shifts that are no integers", () => {
  const message = (options: RollOptions) =>
    assertThrows(() => trace("f", [[2, 5]], (_, [u]) => op({ u: u! }, options)), OptionsError).message;
  for (const axis of [2, -3]) {
    assertEquals(
      message({ shift: 1, axis }),
      `Cannot apply roll as axis must be an integer in [-2, 2) for u of shape [2, 5]: current axis is ${axis}`,
    );
  }
  assertEquals(
    message({ shift: 1, axis: 0.5 }),
    "Cannot apply roll as axis must be an integer in [-2, 2) for u of shape [2, 5]: current axis is 0.5",
  );
  assertEquals(
    message({ shift: 0.5 }),
    "Cannot apply roll as shift must be an integer: current shift is 0.5",
  );
});
