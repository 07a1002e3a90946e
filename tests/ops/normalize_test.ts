import type { Shape } from "../../src/ndarray.ts";
import { normalize as op } from "../../src/ops/group_norm.ts";
import { normalize as twin } from "../twins/group_norm.ts";
import { type Case, check } from "./check.ts";
import { assertTwin } from "./twin.ts";
import type { Role } from "./use.ts";

/** Which of w and b are given, and who owns them. */
interface Affine {
  readonly w?: Role;
  readonly b?: Role;
}

const EPS = 0.25;

function normalizeCase(shape: Shape, { w, b }: Affine): Case {
  const [channels, ...rest] = shape as [number, ...number[]];
  const n = rest.reduce((a, b) => a * b, 1);
  return {
    use: {
      name: `normalize [${shape}], w is ${w ?? "left out"}, b is ${b ?? "left out"}`,
      inputs: {
        u: { role: "state", shape },
        mean: { role: "state", shape: [1] },
        variance: { role: "state", shape: [1] },
        ...(w ? { w: { role: w, shape: [channels] } } : {}),
        ...(b ? { b: { role: b, shape: [channels] } } : {}),
      },
      call: ({ u, mean, variance, w, b }) =>
        op({ u: u!, mean: mean!, variance: variance!, w, b }, { eps: EPS }),
    },
    twin: twin(n, EPS),
    // Differences are at most 2, the rate at most 2: terms at most 4, in the cotangent of the variance 8.
    terms: { v: 16, u: 8, mean: 4 * channels * n, variance: 8 * channels * n, w: 4 * n, b: n },
  };
}

/** Variances are not negative. */
const VALUES = { variance: [0.7] };

Deno.test("normalize twin has the tangent of differences and its transpose", () => {
  const sizes = { u: 6, mean: 1, variance: 1 };
  assertTwin("normalize", twin(3, EPS), { ...sizes, w: 2, b: 2 }, (x) => Math.abs(x));
  assertTwin("normalize without w and b", twin(3, EPS), sizes, (x) => Math.abs(x));
});

for (const shape of [[1], [3, 1], [2, 65], [3, 5, 7]]) {
  for (
    const affine of [{ w: "parameter", b: "parameter" }, { w: "parameter" }, { b: "parameter" }, {}] as const
  ) {
    const c = normalizeCase(shape, affine);
    Deno.test(`${c.use.name} agrees with its twin`, async () => {
      await check(c, { batch: 37, live: 33, members: 2, values: VALUES });
      await check(c, { batch: 3, accumulates: true, values: VALUES });
    });
  }
}

Deno.test("normalize with w or b as a constant or a state", async () => {
  await check(normalizeCase([3, 5], { w: "constant", b: "constant" }), { batch: 3, values: VALUES });
  await check(normalizeCase([3, 5], { w: "state" }), { batch: 3, members: 2, values: VALUES });
  await check(normalizeCase([3, 5], { b: "state" }), { batch: 3, members: 2, values: VALUES });
});
