import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import type { NdArray } from "../../src/ndarray.ts";
import { advection1dPeriodic } from "../../src/data/sample_data.ts";
import { key } from "../../src/random/mod.ts";
import golden from "../golden/data.json" with { type: "json" };
import reference from "../golden/trainax_linear.json" with { type: "json" };
import { throwsExactly } from "../random/throws.ts";

/** float32 of numbers up to 8 is within 2^-22 of the float64 number. */
const ROUNDING = 2 ** -22;

/** Float64 sums over all elements, as `sums` in the golden script. */
function sums({ data }: NdArray): { sum: number; square: number; weighted: number } {
  const total = (f: (x: number, i: number) => number) => data.reduce((sum, x, i) => sum + f(x, i), 0);
  return { sum: total((x) => x), square: total((x) => x * x), weighted: total((x, i) => x * Math.cos(i)) };
}

const layouts = [
  { name: "partitionable", options: {}, ...golden.partitionable },
  { name: "original", options: { partitionable: false }, ...golden.original },
];

for (const { name, options: layout, advection } of layouts) {
  for (const { seed, options, shape, trainaxError, trainaxSums, exactSums, picks } of advection) {
    const data = advection1dPeriodic({ ...options, key: key(seed, layout) });

    Deno.test(`advection1dPeriodic ${JSON.stringify(shape)} is the exact solution (${name})`, () => {
      assertEquals(data.shape, shape);
      for (const { sample, step, exact } of picks) {
        exact.forEach((x, n) => assertAlmostEquals(data.at(sample, step, 0, n), x, ROUNDING));
      }
      // The roundings of the elements are as good as independent, so that a sum of n loses about sqrt(n) of them.
      const { sum, square, weighted } = sums(data);
      const bound = ROUNDING * Math.sqrt(data.size);
      assertAlmostEquals(sum, exactSums.sum, bound);
      assertAlmostEquals(weighted, exactSums.weighted, bound);
      assertAlmostEquals(square, exactSums.square, bound * 8);
    });

    Deno.test(`advection1dPeriodic ${JSON.stringify(shape)} is that of trainax up to float32 (${name})`, () => {
      assert(trainaxError < 4e-5);
      for (const { sample, step, trainax } of picks) {
        trainax.forEach((x, n) =>
          assertAlmostEquals(data.at(sample, step, 0, n), x, trainaxError + ROUNDING)
        );
      }
      const { sum, square, weighted } = sums(data);
      assertAlmostEquals(sum, trainaxSums.sum, 1e-2);
      assertAlmostEquals(weighted, trainaxSums.weighted, 1e-2);
      assertAlmostEquals(square / trainaxSums.square, 1, 1e-5);
    });
  }
}

Deno.test("advection1dPeriodic has the first state of the linear reference problem", () => {
  const data = advection1dPeriodic({ cfl: -0.75, key: key(0, { partitionable: false }) });
  reference._ic0.forEach((x, n) => assertAlmostEquals(data.at(0, 0, 0, n), x, ROUNDING));
});

Deno.test("advection1dPeriodic has trainax's defaults", () => {
  const data = advection1dPeriodic({ key: key(0) });
  assertEquals(data.shape, [20, 100, 1, 30]);
  const written = advection1dPeriodic({
    numPoints: 30,
    numSamples: 20,
    cfl: 0.75,
    highestInitMode: 5,
    temporalHorizon: 100,
    key: key(0),
  });
  assertEquals(data.data, written.data);
});

Deno.test("advection1dPeriodic moves by cfl points in a step", () => {
  const data = advection1dPeriodic({ numPoints: 16, cfl: -2, temporalHorizon: 9, key: key(4) });
  for (let t = 0; t < 8; t++) {
    for (let n = 0; n < 16; n++) {
      assertAlmostEquals(data.at(3, t + 1, 0, n), data.at(3, t, 0, (n + 2) % 16), ROUNDING);
    }
  }
  // Eight steps of two points are a whole turn.
  data.row(3).row(8).data.forEach((x, n) => assertAlmostEquals(x, data.at(3, 0, 0, n), ROUNDING));
});

Deno.test("advection1dPeriodic takes the highest mode that a grid resolves", () => {
  assertEquals(
    advection1dPeriodic({ numPoints: 11, highestInitMode: 5, numSamples: 1, key: key(0) }).shape,
    [1, 100, 1, 11],
  );
});

Deno.test("advection1dPeriodic refuses wrong options", () => {
  throwsExactly(
    () => advection1dPeriodic({ numPoints: 10, key: key(0) }),
    OptionsError,
    "Cannot create advection1dPeriodic as highestInitMode must be an integer < numPoints / 2 (numPoints=10): " +
      "current highestInitMode is 5",
  );
  throwsExactly(
    () =>
      advection1dPeriodic({
        numPoints: 2,
        numSamples: 0,
        cfl: Infinity,
        highestInitMode: 0,
        temporalHorizon: 0,
        key: 0 as never,
      }),
    OptionsError,
    "Cannot create advection1dPeriodic as 6 options do not hold:\n" +
      "- numPoints must be an integer >= 3: current numPoints is 2\n" +
      "- numSamples must be an integer >= 1: current numSamples is 0\n" +
      "- cfl must be a finite number: current cfl is Infinity\n" +
      "- highestInitMode must be an integer >= 1: current highestInitMode is 0\n" +
      "- temporalHorizon must be an integer >= 1: current temporalHorizon is 0\n" +
      "- key must be a key made by random.key: current key is 0",
  );
  throwsExactly(
    () => advection1dPeriodic({} as never),
    OptionsError,
    "Cannot create advection1dPeriodic as key must be a key made by random.key: current key is undefined",
  );
});
