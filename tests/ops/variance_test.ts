import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import { mean, variance as op } from "../../src/ops/mod.ts";
import { variance as twin } from "../twins/group_norm.ts";
import { unaryCase } from "./cases.ts";
import { type Case, check } from "./check.ts";
import { assertTwin } from "./twin.ts";
import type { Role } from "./use.ts";

const varianceCase = (shape: Shape, role: Role = "state"): Case => ({
  use: {
    name: `variance of [${shape}], mean is a ${role}`,
    inputs: { u: { role: "state", shape }, mean: { role, shape: [1] } },
    call: ({ u, mean }) => op({ u: u!, mean: mean! }),
  },
  twin,
  // Squares of differences in [-2, 2].
  terms: { v: 4 * 12, u: 8, mean: 4 * 12 },
});

Deno.test("variance twin has the tangent of differences and its transpose", () => {
  assertTwin("variance", twin, { u: 7, mean: 1 });
});

for (const shape of [[1], [3], [2, 65], [3, 5, 7]]) {
  Deno.test(`variance of [${shape}] around a mean that is given agrees with its twin`, async () => {
    await check(varianceCase(shape), { batch: 37, live: 33, members: 2 });
    await check(varianceCase(shape), { batch: 3, accumulates: true });
    await check(varianceCase(shape, "parameter"), { batch: 37, live: 33, members: 2 });
  });
}

Deno.test("variance around the mean itself, also where the mean is large", async () => {
  const center = (u: Float64Array) => u.reduce((s, x) => s + x, 0) / u.length;
  const call = ({ u }: Parameters<typeof mean>[0]) => op({ u, mean: mean({ u }) });
  const around = ({ u }: Record<string, Float64Array>) => ({ u: u!, mean: Float64Array.of(center(u!)) });
  const c = unaryCase("variance", [3, 33], call, {
    forward: (x) => twin.forward(around(x)),
    tangent: (x, { u }) => twin.tangent(around(x), { u: u! }),
    adjointU: (x, vBar) => twin.adjointU(around(x), vBar),
  }, { v: 48, u: 48 });
  await check(c, { batch: 5, live: 4, members: 2 });
  // The mean of numbers around 1000 is off by up to 1000 2^-22, in v squared and in the cotangent once.
  const u = Array.from({ length: 99 }, (_, i) => 1000 + Math.sin(i));
  await check({ ...c, terms: { v: 48, u: 4000 / 99 } }, { batch: 1, values: { u } });
});

Deno.test("variance refuses a mean that is no single number", () => {
  const apply = () => trace("f", [[2, 3], [3]], (_, [u, mean]) => op({ u: u!, mean: mean! }));
  assertEquals(
    assertThrows(apply, ShapeError).message,
    "Cannot apply variance as mean must have the shape [1]: current shape of mean is [3]",
  );
});
