import { assertAlmostEquals, assertEquals } from "@std/assert";
import { schedules } from "../../mod.ts";
import { thrown } from "../training/problem.ts";
import { constant, exponentialDecay } from "./golden.ts";

for (const { options, values } of exponentialDecay) {
  Deno.test(`exponentialDecay has the values of optax with ${JSON.stringify(options)}`, () => {
    const schedule = schedules.exponentialDecay(options);
    values.forEach((value, count) => assertAlmostEquals(schedule(count), value, 1e-14, `at update ${count}`));
  });
}

Deno.test("constant is that", () => {
  const schedule = schedules.constant(0.3);
  assertEquals([schedule(0), schedule(1), schedule(1000)], constant);
});

Deno.test("schedules name every option that does not hold", () => {
  assertEquals(
    thrown(() => schedules.constant(Infinity)),
    "OptionsError: Cannot create constant schedule as value must be a finite number: current value is Infinity",
  );
  const options = {
    initValue: NaN,
    transitionSteps: 0,
    decayRate: 0,
    transitionBegin: -1,
    staircase: 1,
    endValue: "0",
    rate: 0.1,
  };
  assertEquals(
    thrown(() => schedules.exponentialDecay(options as never)),
    "OptionsError: Cannot create exponentialDecay as 7 options do not hold:\n" +
      "- initValue must be a finite number: current initValue is NaN\n" +
      "- transitionSteps must be an integer >= 1: current transitionSteps is 0\n" +
      "- decayRate must be a finite number > 0: current decayRate is 0\n" +
      "- transitionBegin must be an integer >= 0: current transitionBegin is -1\n" +
      "- staircase must be true or false: current staircase is 1\n" +
      '- endValue must be a finite number: current endValue is "0"\n' +
      "- rate must be left out, since it is unknown (options are initValue, transitionSteps, decayRate, " +
      "transitionBegin, staircase, endValue): current rate is 0.1",
  );
  assertEquals(
    thrown(() => schedules.exponentialDecay(undefined as never)),
    "OptionsError: Cannot create exponentialDecay as options must be an object: current options is undefined",
  );
});
