import { relu as op } from "../../src/ops/activations.ts";
import { relu as twin } from "../twins/relu.ts";
import { check } from "./check.ts";
import { unaryCase } from "./cases.ts";
import { assertTwin } from "./twin.ts";

const reluCase = (size: number) => unaryCase("relu", [size], op, twin, { v: 0, u: 0 });

Deno.test("relu twin has the tangent of differences and its transpose", () => {
  assertTwin("relu", twin, { u: 9 }, (x) => x + Math.sign(x) / 8);
});

for (const size of [1, 3, 64, 65]) {
  Deno.test(`relu of ${size} agrees with its twin`, async () => {
    await check(reluCase(size), { batch: 37, live: 33, members: 2 });
    await check(reluCase(size), { batch: 3, accumulates: true });
    await check(reluCase(size), { batch: 1 });
  });
}

Deno.test("relu has slope 0 at 0, and NaN stays NaN with slope 0", async () => {
  await check(reluCase(5), { batch: 2, values: { u: [0, -0, 1e-30, -1e-30, 2] } });
  await check(reluCase(5), { batch: 2, values: { u: [NaN, 1, Infinity, -Infinity, -1] } });
});
