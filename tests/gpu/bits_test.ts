import { assertEquals, assertNotEquals } from "@std/assert";
import { Supervised } from "../../src/configurations/mod.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Objective, type ObjectiveOptions } from "../../src/run/objective.ts";
import { DATA, type Parameters, stepper } from "./problem.ts";

const CONFIGURATION = new Supervised({ numRolloutSteps: 4 });
const WINDOWS = Array.from({ length: 70 }, (_, i) => ({ sample: i % 3, start: 2 * i }));

const objectiveOn = (gpu: Gpu, options: Partial<ObjectiveOptions<Parameters>> = {}) =>
  new Objective(gpu, CONFIGURATION, { stepper: stepper(), data: DATA, windows: WINDOWS, ...options });

/** Everything that an evaluation gives, as bits. */
async function bitsOf(objective: Objective<Parameters>): Promise<number[]> {
  const { loss, timeLevelLosses, grad } = await objective.valueAndGrad();
  const floats = Float32Array.of(
    ...timeLevelLosses,
    ...grad.first.data,
    ...grad.second.data,
    ...grad.bias.data,
  );
  return [loss, ...new Uint32Array(floats.buffer)];
}

Deno.test("the same evaluation gives the same bits: again, among others, elsewhere, with either memory policy", async () => {
  await using gpu = await Gpu.request();
  using objective = objectiveOn(gpu);
  const bits = await bitsOf(objective);
  assertEquals(await bitsOf(objective), bits);
  using other = objectiveOn(gpu, { memory: "recompute" });
  const [a, b, c] = await Promise.all([bitsOf(objective), bitsOf(other), bitsOf(objective)]);
  assertEquals([a, b, c], [bits, bits, bits]);
  await using second = await Gpu.request();
  using elsewhere = objectiveOn(second);
  assertEquals(await bitsOf(elsewhere), bits);
});

Deno.test("evaluate and valueAndGrad give the same losses to the bit", async () => {
  await using gpu = await Gpu.request();
  using objective = objectiveOn(gpu);
  const { loss, timeLevelLosses } = await objective.evaluate();
  const both = await objective.valueAndGrad();
  assertEquals([both.loss, both.timeLevelLosses], [loss, timeLevelLosses]);
});

Deno.test("other windows give other numbers", async () => {
  await using gpu = await Gpu.request();
  using objective = objectiveOn(gpu);
  using other = objectiveOn(gpu, {
    windows: WINDOWS.map(({ sample, start }) => ({ sample, start: start + 1 })),
  });
  assertNotEquals(await bitsOf(other), await bitsOf(objective));
});
