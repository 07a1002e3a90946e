import { assert, assertEquals } from "@std/assert";
import { Supervised } from "../../src/configurations/mod.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { NdArray } from "../../src/ndarray.ts";
import * as random from "../../src/random/mod.ts";
import { Objective } from "../../src/run/objective.ts";
import { rollout } from "../../src/run/rollout.ts";
import { countParameters } from "../../src/steppers/mod.ts";
import { conv as convTwin } from "../twins/conv_axes.ts";
import { build, distance, drawn, GOLDEN, leaves, unpack, type Unrolled } from "./networks.ts";

const gpu = await Gpu.request();
Deno.test.afterAll(() => gpu[Symbol.asyncDispose]());

/** What float32 may be off, given how far JAX's own float32 is. */
const allowed = (gap: number): number => Math.max(1e-5, 4 * gap);

async function sha256({ data }: NdArray): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
}

const title = ({ stepper, options }: { stepper: string; options: object }) =>
  `${stepper} ${JSON.stringify(options).replace(/[{}"]/g, "").replaceAll(",", ", ")}`;

for (const entry of GOLDEN.initial) {
  const layout = entry.partitionable ? "" : ", the older layout of keys";
  Deno.test(`${title(entry)} starts with the parameters of Equinox${layout}`, async () => {
    const stepper = build(entry, random.key(7, { partitionable: entry.partitionable }));
    const own = await Promise.all(
      leaves(stepper).map(async ({ path, value }) => (
        { path, shape: value.shape, sha256: await sha256(value) }
      )),
    );
    assertEquals(own, entry.leaves as typeof own);
    assertEquals(countParameters(stepper), entry.numParameters);
    if (entry.receptiveField) assertEquals(stepper.receptiveField, entry.receptiveField);
  });
}

Deno.test("the networks of the issue have the numbers of parameters that it names", () => {
  const count = (name: string, options: Record<string, number>) =>
    GOLDEN.initial.find(({ stepper, options: o }) =>
      stepper === name && Object.entries(options).every(([k, v]) => o[k] === v)
    )!.numParameters;
  assertEquals(count("convNet", { spatialDims: 1, hiddenChannels: 34, depth: 10 }), 31_757);
  assertEquals(count("classicResNet", { spatialDims: 1, hiddenChannels: 26, numBlocks: 8 }), 32_943);
});

for (const c of GOLDEN.convolutions) {
  const { cIn, cOut, n, k, stride, dilation } = c;
  Deno.test(`the twin of conv is pdequinox's PhysicsConv, N=[${n}], K=[${k}], ${c.boundary}`, () => {
    const words = { periodic: "periodic", dirichlet: "zeros", neumann: "reflect" } as const;
    const twin = convTwin({ cIn, cOut, n, k, stride, dilation, boundary: words[c.boundary] });
    const numbers = (size: number) => Float64Array.from({ length: size }, (_, i) => (i + 1) ** 2 % 7);
    const product = (x: readonly number[]) => x.reduce((a, b) => a * b, 1);
    const v = twin.forward({ u: numbers(cIn * product(n)), w: numbers(cOut * cIn * product(k)) });
    assertEquals(twin.shape, c.shape as number[]);
    assertEquals(v, Float64Array.from(unpack(c.v)));
  });
}

/** Asserts that numbers lie as near to float64 as JAX's own. */
function assertNear(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, gap: number): void {
  const off = distance(actual, expected);
  assert(off <= allowed(gap), `${what} is off by ${off}, allowed are ${allowed(gap)}`);
}

/** The data of an entry, [S, T, C, ...N]. */
const dataOf = ({ seed, dataShape }: Unrolled): NdArray => random.normal(random.key(seed + 50), dataShape);

for (const entry of GOLDEN.networks) {
  const { numRolloutSteps, cutBpttEvery, timeLevelWeights } = entry;
  const cut = cutBpttEvery === undefined ? "" : `, cut every ${cutBpttEvery}`;
  const weights = timeLevelWeights ? ", weights" : "";
  Deno.test(`${title(entry)} through ${numRolloutSteps} steps${cut}${weights} has the gradient of trainax`, async () => {
    const stepper = drawn(entry);
    const data = dataOf(entry);
    const [samples, , ...snapshot] = entry.dataShape;
    const initial = Array.from({ length: samples! }, (_, s) => [...data.row(s).row(0).data]).flat();
    const trajectory = await rollout(gpu, stepper, new NdArray(initial, [samples!, ...snapshot]), 1);
    const next = Array.from({ length: samples! }, (_, s) => [...trajectory.row(s).row(1).data]).flat();
    assertNear("one step", next, unpack(entry.step.values), entry.step.gap);

    const configuration = new Supervised({
      numRolloutSteps,
      ...(cutBpttEvery === undefined ? {} : { cutBptt: true, cutBpttEvery }),
      ...(timeLevelWeights ? { timeLevelWeights } : {}),
    });
    using objective = new Objective(gpu, configuration, { stepper, data });
    const { loss, grad } = await objective.valueAndGrad();
    assertNear("loss", [loss], [entry.loss.value], entry.loss.gap);
    const own = leaves({ parameters: grad });
    assertEquals(own.map(({ path }) => path), entry.grad.map(({ path }) => path));
    own.forEach(({ path, value }, i) => {
      const { values, gap } = entry.grad[i]!;
      assertNear(`gradient by ${path}`, value.data, unpack(values), gap);
    });
  });
}
