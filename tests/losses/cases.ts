/**
 * Uses of losses with their twins.
 *
 * @module
 */
import type { Loss } from "../../src/graph/loss.ts";
import { composite } from "../../src/losses/composite.ts";
import type { Shape } from "../../src/ndarray.ts";
import { type Case, check } from "../ops/check.ts";
import type { Role } from "../ops/use.ts";
import { assertTwin, type Tensors, type Twin } from "../ops/twin.ts";

/** The owners of both sides; null compares with zero. */
export type Sides = readonly [p: Role, r: Role | null];

/** All pairs of sides, one of which flows at least; then those that are compared with zero. */
export const TWO_SIDED: readonly Sides[] = [["state", "snapshot"], ["state", "state"], ["snapshot", "state"]];
/** The sides that are compared with zero. */
export const ONE_SIDED: readonly Sides[] = [["state", null], ["snapshot", null]];

/** A loss on sides of a shape; `scale` is how large its terms and slopes are for sides in [-1, 1]. */
export function lossCase(loss: Loss, twin: Twin, shape: Shape, [p, r]: Sides, scale: number): Case {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    use: {
      name: `${loss.name} of ${size}, ${loss.batchReduction}, sides ${p} and ${r ?? "none"}`,
      inputs: { p: { role: p, shape }, ...(r ? { r: { role: r, shape } } : {}) },
      call: ({ p, r }) => loss.forward(p!, r),
      reduction: loss.batchReduction,
    },
    twin,
    // As many as a lane adds, and the levels of the tree.
    terms: { v: scale * (Math.ceil(size / 64) + 8), p: 2 * scale, r: 2 * scale },
  };
}

/** Half of a twin. */
function halved(twin: Twin): Twin {
  const half = (x: Float64Array) => x.map((a) => a / 2);
  return {
    forward: (x) => half(twin.forward(x)),
    tangent: (x, change) => half(twin.tangent(x, change)),
    adjointP: (x: Tensors, vBar: Float64Array) => half(twin.adjointP!(x, vBar)),
    adjointR: (x: Tensors, vBar: Float64Array) => half(twin.adjointR!(x, vBar)),
  };
}

/** Declares the tests that every loss has. */
export function testLoss(
  create: (options?: { batchReduction: "mean" | "sum" }) => Loss,
  twin: Twin,
  { scale, sides }: { readonly scale: number; readonly sides: readonly Sides[] },
): void {
  const { name } = create();
  Deno.test(`${name} twin has the tangent of differences and its transpose`, () => {
    assertTwin(name, twin, { p: 5, r: 5 });
    if (sides.some(([, r]) => r === null)) assertTwin(`${name} without r`, twin, { p: 5 });
  });
  for (const batchReduction of ["mean", "sum"] as const) {
    for (const owners of sides) {
      const c = lossCase(create({ batchReduction }), twin, [2, 5], owners, scale);
      Deno.test(`${c.use.name} agrees with its twin`, async () => {
        await check(c, { batch: 37, live: 33, members: 2 });
        await check(c, { batch: 3, members: 2, accumulates: true });
        await check(c, { batch: 1 });
      });
    }
  }
  for (const shape of [[3], [1, 3, 2], [5, 65], [2, 500]]) {
    const c = lossCase(create(), twin, shape, ["state", "state"], scale);
    Deno.test(`${c.use.name} agrees with its twin`, async () => {
      await check(c, { batch: 4, live: 3, members: 2 });
    });
  }
  Deno.test(`${name} inside of a sum has a cotangent of its own`, async () => {
    const c = lossCase(composite([create()], [0.5]), halved(twin), [2, 5], sides[1] ?? sides[0]!, scale);
    await check(c, { batch: 5, live: 4, members: 2 });
  });
}
