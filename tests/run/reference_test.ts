/**
 * Every entry of trainax_linear.json from WGSL, through the public objective.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { NdArray, Objective, type ObjectiveOptions, rollout } from "../../mod.ts";
import { CONFIGURATIONS, GOLDEN } from "../configurations/reference.ts";
import { gpu } from "../ops/device.ts";
import { bits } from "../training/problem.ts";
import {
  DATA,
  firstBatchOf,
  NAMES,
  REFERENCE_STEPPER,
  refStepper,
  residuum,
  STEPPER,
} from "../training/reference.ts";

type Options = ObjectiveOptions<typeof STEPPER.parameters>;

/** Value and gradient of an entry on its first batch. */
async function evaluate(name: string, options: Partial<Options> = {}) {
  const parts = { stepper: STEPPER, data: DATA, windows: firstBatchOf(name), refStepper, residuum };
  using objective = new Objective(gpu, CONFIGURATIONS[name]!, { ...parts, ...options });
  const { loss, timeLevelLosses, grad } = await objective.valueAndGrad();
  const value = await objective.evaluate();
  return { loss, levels: [...timeLevelLosses], grad: bits(grad.weight.data), g: grad.weight.data, value };
}

function assertClose(what: string, actual: number, expected: number): void {
  const off = Math.abs(actual / expected - 1);
  assert(off <= 1e-5, `${what}: ${actual} instead of ${expected}, off by ${off}`);
}

const RUNS = NAMES.flatMap((name) => (["resident", "launches"] as const).map((runner) => ({ name, runner })));

for (const { name, runner } of RUNS) {
  Deno.test(`${name}, ${runner}, has the reference loss and gradient, with the same bits under memory policies`, async () => {
    const { loss, grad, g, levels, value } = await evaluate(name, { runner });
    assertClose("loss", loss, GOLDEN[name]!.loss);
    g.forEach((x, i) => assertClose(`gradient ${i}`, x, GOLDEN[name]!.grad[i]!));
    assertEquals([value.loss, [...value.timeLevelLosses]], [loss, levels]);
    for (const memory of ["recompute", { checkpoints: 2 }] as const) {
      const again = await evaluate(name, { memory, runner });
      assertEquals([again.loss, again.levels, again.grad], [loss, levels, grad]);
    }
    assertEquals(gpu.buffers, []);
  });
}

Deno.test("a reference stepper with parameters has the bits of a function of constants", async () => {
  const a = await evaluate("div5_2_weights");
  const b = await evaluate("div5_2_weights", { refStepper: REFERENCE_STEPPER });
  assertEquals([b.loss, b.levels, b.grad], [a.loss, a.levels, a.grad]);
});

Deno.test("the losses of time levels are those of a rollout, without weights", async () => {
  const { loss, levels } = await evaluate("sup5_last_only");
  const windows = firstBatchOf("sup5_last_only");
  const first = windows.flatMap(({ sample, start }) => [...DATA.row(sample).row(start).data]);
  const predictions = await rollout(gpu, STEPPER, new NdArray(first, [windows.length, 1, 30]), 5);
  const expected = Array.from({ length: 5 }, (_, t) => {
    let sum = 0;
    windows.forEach(({ sample, start }, b) => {
      for (let n = 0; n < 30; n++) {
        sum += (predictions.at(b, t + 1, 0, n) - DATA.at(sample, start + t + 1, 0, n)) ** 2;
      }
    });
    return sum / 30 / windows.length;
  });
  levels.forEach((level, t) => assertClose(`time level ${t}`, level, expected[t]!));
  assertEquals(loss, levels[4]);
});

Deno.test("windows default to the first snapshots of every trajectory", async () => {
  const windows = Array.from({ length: 20 }, (_, sample) => ({ sample, start: 0 }));
  using objective = new Objective(gpu, CONFIGURATIONS.sup5!, { stepper: STEPPER, data: DATA });
  const { loss, grad } = await objective.valueAndGrad();
  const given = await evaluate("sup5", { windows });
  assertEquals([loss, bits(grad.weight.data)], [given.loss, given.grad]);
});
