import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { lorenzRk4, makeLorenzStepperRk4 } from "../../src/data/sample_data.ts";
import { OptionsError } from "../../src/errors.ts";
import { key } from "../../src/random/mod.ts";
import golden from "../golden/lorenz.json" with { type: "json" };
import { throwsExactly } from "../random/throws.ts";

/** float32 of numbers up to 64 is within 2^-19 of the float64 number. */
const ROUNDING = 2 ** -19;

const layouts = [
  { name: "partitionable", options: {}, cases: golden.partitionable },
  { name: "original", options: { partitionable: false }, cases: golden.original },
];

for (const { name, options: layout, cases } of layouts) {
  for (const { seed, options, shape, initial, trainaxError, picks } of cases) {
    const data = lorenzRk4({ ...options, key: key(seed, layout) });

    Deno.test(`lorenzRk4 ${JSON.stringify(shape)} from ${seed} is the float64 solution (${name})`, () => {
      assertEquals(data.shape, shape);
      for (const { step, float64 } of picks) {
        float64.forEach((state, s) =>
          state.forEach((x, i) => assertAlmostEquals(data.at(s, step, i), x, ROUNDING))
        );
      }
    });

    Deno.test(`lorenzRk4 ${JSON.stringify(shape)} from ${seed} is trainax's up to float32 (${name})`, () => {
      assert(trainaxError < 4e-5);
      for (const { step, float32 } of picks) {
        float32.forEach((state, s) =>
          state.forEach((x, i) => assertAlmostEquals(data.at(s, step, i), x, trainaxError + ROUNDING))
        );
      }
      const start = lorenzRk4({ ...options, numWarmupSteps: 0, temporalHorizon: 1, key: key(seed, layout) });
      assertEquals([...start.data], initial.flat(), "the initial states have trainax's bits");
    });
  }
}

Deno.test("lorenzRk4 has trainax's defaults", () => {
  const data = lorenzRk4({ key: key(0) });
  assertEquals(data.shape, [20, 1000, 3]);
  const written = lorenzRk4({
    numSamples: 20,
    temporalHorizon: 1000,
    dt: 0.01,
    numWarmupSteps: 500,
    sigma: 10,
    rho: 28,
    beta: 8 / 3,
    initStd: 1,
    key: key(0),
  });
  assertEquals(data.data, written.data);
});

Deno.test("lorenzRk4 keeps what follows the warm-up", () => {
  const whole = lorenzRk4({ numSamples: 2, numWarmupSteps: 0, temporalHorizon: 9, key: key(3) });
  const late = lorenzRk4({ numSamples: 2, numWarmupSteps: 6, temporalHorizon: 3, key: key(3) });
  for (const s of [0, 1]) assertEquals(late.row(s).data, whole.row(s).data.slice(6 * 3));
});

Deno.test("makeLorenzStepperRk4 is of order four", () => {
  const after = (dt: number) => {
    const step = makeLorenzStepperRk4({ dt });
    let state = Float64Array.of(1, 2, 20);
    for (let t = 0; t < Math.round(0.4 / dt); t++) state = step(state);
    return state;
  };
  const distance = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((x, i) => x - b[i]!));
  const exact = after(0.4 / 4096);
  const order = Math.log2(distance(after(0.01), exact) / distance(after(0.005), exact));
  assert(order > 3.8 && order < 4.3, `order is ${order}`);
});

Deno.test("makeLorenzStepperRk4 rests at the fixed points", () => {
  const c = Math.sqrt(8 / 3 * 27);
  const step = makeLorenzStepperRk4({ dt: 0.1 });
  for (const point of [[0, 0, 0], [c, c, 27], [-c, -c, 27]]) {
    step(point).forEach((x, i) => assertAlmostEquals(x, point[i]!, 1e-13));
  }
});

Deno.test("makeLorenzStepperRk4 takes trainax's parameters by default", () => {
  const written = makeLorenzStepperRk4({ dt: 0.01, sigma: 10, rho: 28, beta: 8 / 3 });
  assertEquals(makeLorenzStepperRk4()([1, 2, 3]), written([1, 2, 3]));
});

Deno.test("lorenzRk4 refuses a step with which states overflow", () => {
  throwsExactly(
    () => lorenzRk4({ dt: 1, numSamples: 2, key: key(0) }),
    OptionsError,
    "Cannot create lorenzRk4 as dt must be small enough for every state to be finite " +
      "(sample 0 leaves float32 after 3 steps): current dt is 1",
  );
});

Deno.test("lorenzRk4 and makeLorenzStepperRk4 refuse wrong options", () => {
  throwsExactly(
    () =>
      lorenzRk4({
        numSamples: 0,
        temporalHorizon: 0,
        numWarmupSteps: -1,
        dt: 0,
        sigma: NaN,
        rho: Infinity,
        beta: "3" as never,
        initStd: -1,
        key: 0 as never,
      }),
    OptionsError,
    "Cannot create lorenzRk4 as 9 options do not hold:\n" +
      "- dt must be a finite number > 0: current dt is 0\n" +
      "- sigma must be a finite number: current sigma is NaN\n" +
      "- rho must be a finite number: current rho is Infinity\n" +
      '- beta must be a finite number: current beta is "3"\n' +
      "- numSamples must be an integer >= 1: current numSamples is 0\n" +
      "- temporalHorizon must be an integer >= 1: current temporalHorizon is 0\n" +
      "- numWarmupSteps must be an integer >= 0: current numWarmupSteps is -1\n" +
      "- initStd must be a finite number >= 0: current initStd is -1\n" +
      "- key must be a key made by random.key: current key is 0",
  );
  throwsExactly(
    () => makeLorenzStepperRk4({ step: 1 } as never),
    OptionsError,
    "Cannot create makeLorenzStepperRk4 as step must be left out, since it is unknown " +
      "(options are dt, sigma, rho, beta): current step is 1",
  );
});
