import { assertAlmostEquals, assertEquals } from "@std/assert";
import { adam, schedules, sgd } from "../../mod.ts";
import golden from "../golden/optimizer_chain.json" with { type: "json" };
import { thrown } from "../training/problem.ts";

const { constant, cosineDecay, exponentialDecay, joinSchedules, linear } = schedules;
const { piecewiseConstant, warmupConstant, warmupCosineDecay } = schedules;

/** The schedules of the golden file. */
const SCHEDULES: Readonly<Record<string, schedules.Schedule>> = {
  linear: linear({ initValue: 0.1, endValue: 0.01, transitionSteps: 9, transitionBegin: 3 }),
  cosineDecay: cosineDecay({ initValue: 0.1, decaySteps: 12 }),
  "cosineDecay alpha": cosineDecay({ initValue: 0.1, decaySteps: 12, alpha: 0.2, exponent: 2.5 }),
  warmupConstant: warmupConstant({ initValue: 0.01, peakValue: 0.1, warmupSteps: 7 }),
  warmupCosineDecay: warmupCosineDecay({ initValue: 0.01, peakValue: 0.1, warmupSteps: 5, decaySteps: 14 }),
  "warmupCosineDecay end": warmupCosineDecay({
    initValue: 0,
    peakValue: 0.1,
    warmupSteps: 4,
    decaySteps: 15,
    endValue: 0.02,
    exponent: 2,
  }),
  "warmupCosineDecay without": warmupCosineDecay({
    initValue: 0.01,
    peakValue: 0.1,
    warmupSteps: 0,
    decaySteps: 10,
    endValue: 0.02,
  }),
  "warmupCosineDecay zero": warmupCosineDecay({
    initValue: 0.1,
    peakValue: 0,
    warmupSteps: 3,
    decaySteps: 8,
  }),
  piecewiseConstant: piecewiseConstant({ initValue: 0.1, boundariesAndScales: { 4: 0.5, 9: 3, 0: 2 } }),
  "piecewiseConstant none": piecewiseConstant({ initValue: 0.1 }),
  joinSchedules: joinSchedules([
    constant(0.3),
    linear({ initValue: 0.1, endValue: 0, transitionSteps: 5 }),
    cosineDecay({ initValue: 0.2, decaySteps: 6 }),
  ], [3, 9]),
};

for (const [name, values] of Object.entries(golden.schedules)) {
  Deno.test(`${name} has the values of optax`, () => {
    values.forEach((value, count) =>
      assertAlmostEquals(SCHEDULES[name]!(count), value, 1e-15, `at ${count}`)
    );
  });
}

Deno.test("optimizers name the numbers of their schedules", () => {
  const name = (schedule: schedules.Schedule) => sgd(schedule).name;
  assertEquals(Object.values(SCHEDULES).map(name), [
    "sgd(linear(initValue=0.1, endValue=0.01, transitionSteps=9, transitionBegin=3))",
    "sgd(cosineDecay(initValue=0.1, decaySteps=12, alpha=0, exponent=1))",
    "sgd(cosineDecay(initValue=0.1, decaySteps=12, alpha=0.2, exponent=2.5))",
    "sgd(warmupConstant(initValue=0.01, peakValue=0.1, warmupSteps=7))",
    "sgd(warmupCosineDecay(initValue=0.01, peakValue=0.1, warmupSteps=5, decaySteps=14, endValue=0, exponent=1))",
    "sgd(warmupCosineDecay(initValue=0, peakValue=0.1, warmupSteps=4, decaySteps=15, endValue=0.02, exponent=2))",
    "sgd(warmupCosineDecay(initValue=0.01, peakValue=0.1, warmupSteps=0, decaySteps=10, endValue=0.02, exponent=1))",
    "sgd(warmupCosineDecay(initValue=0.1, peakValue=0, warmupSteps=3, decaySteps=8, endValue=0, exponent=1))",
    "sgd(piecewiseConstant(initValue=0.1, boundariesAndScales=[0: 2, 4: 0.5, 9: 3]))",
    "sgd(piecewiseConstant(initValue=0.1, boundariesAndScales=[]))",
    "sgd(joinSchedules([constant(value=0.3), " +
    "linear(initValue=0.1, endValue=0, transitionSteps=5, transitionBegin=0), " +
    "cosineDecay(initValue=0.2, decaySteps=6, alpha=0, exponent=1)], boundaries=[3, 9]))",
  ]);
  assertEquals(
    adam(exponentialDecay({ initValue: 1, transitionSteps: 2, decayRate: 0.5, endValue: 0.1 })).name,
    "adam(exponentialDecay(initValue=1, transitionSteps=2, decayRate=0.5, transitionBegin=0, staircase=false, " +
      "endValue=0.1), b1=0.9, b2=0.999, eps=1e-8, epsRoot=0)",
  );
  assertEquals(name(() => 1), "sgd(schedule)");
});

Deno.test("schedules name every option that does not hold", () => {
  const cases: [() => unknown, string][] = [
    [
      () => linear({ initValue: NaN, endValue: "0" as never, transitionSteps: 0, transitionBegin: -1 }),
      "OptionsError: Cannot create linear schedule as 4 options do not hold:\n" +
      "- initValue must be a finite number: current initValue is NaN\n" +
      '- endValue must be a finite number: current endValue is "0"\n' +
      "- transitionSteps must be an integer >= 1: current transitionSteps is 0\n" +
      "- transitionBegin must be an integer >= 0: current transitionBegin is -1",
    ],
    [
      () => cosineDecay({ initValue: 1, decaySteps: 0, alpha: NaN, exponent: 0 }),
      "OptionsError: Cannot create cosineDecay as 3 options do not hold:\n" +
      "- decaySteps must be an integer >= 1: current decaySteps is 0\n" +
      "- alpha must be a finite number: current alpha is NaN\n" +
      "- exponent must be a finite number > 0: current exponent is 0",
    ],
    [
      () => warmupConstant({ initValue: 1, peakValue: Infinity, warmupSteps: 0 }),
      "OptionsError: Cannot create warmupConstant as 2 options do not hold:\n" +
      "- peakValue must be a finite number: current peakValue is Infinity\n" +
      "- warmupSteps must be an integer >= 1: current warmupSteps is 0",
    ],
    [
      () => warmupCosineDecay({ initValue: 0, peakValue: 1, warmupSteps: 10, decaySteps: 10 }),
      "OptionsError: Cannot create warmupCosineDecay as decaySteps must be an integer >= 11: " +
      "current decaySteps is 10",
    ],
    [
      () => warmupCosineDecay({ initValue: 0, peakValue: 1, warmupSteps: -1, decaySteps: 0, exponent: -1 }),
      "OptionsError: Cannot create warmupCosineDecay as 3 options do not hold:\n" +
      "- warmupSteps must be an integer >= 0: current warmupSteps is -1\n" +
      "- decaySteps must be an integer >= 1: current decaySteps is 0\n" +
      "- exponent must be a finite number > 0: current exponent is -1",
    ],
    [
      () => piecewiseConstant({ initValue: 1, boundariesAndScales: { 2: -1, 1.5: 1, 3: 0 } }),
      "OptionsError: Cannot create piecewiseConstant as 2 options do not hold:\n" +
      "- boundariesAndScales.2 must be a finite number >= 0: current boundariesAndScales.2 is -1\n" +
      "- boundary of boundariesAndScales must be an integer >= 0: current boundary of boundariesAndScales is 1.5",
    ],
    [
      () => joinSchedules([constant(1), 2 as never], [5, 5, 1.5]),
      "OptionsError: Cannot join schedules as 4 options do not hold:\n" +
      "- schedules.1 must be a schedule: current schedules.1 is 2\n" +
      "- boundaries.length must be 1, one less than schedules: current boundaries.length is 3\n" +
      "- boundaries.1 must be an integer >= 6: current boundaries.1 is 5\n" +
      "- boundaries.2 must be an integer >= 6: current boundaries.2 is 1.5",
    ],
    [
      () => joinSchedules([], 1 as never),
      "OptionsError: Cannot join schedules as 2 options do not hold:\n" +
      "- schedules must be a list of at least one schedule: current schedules is []\n" +
      "- boundaries must be a list of updates: current boundaries is 1",
    ],
  ];
  for (const [call, message] of cases) assertEquals(thrown(call), message);
  assertEquals(joinSchedules([constant(2)], [])(7), 2);
});
