import { assertEquals } from "@std/assert";
import { adam, random, sgd, stack } from "../../mod.ts";
import { numbers } from "../ops/use.ts";
import { apply, stepperOf, trainerOf } from "./apply.ts";

Deno.test("a step goes against the gradient, by the rate of its update", async () => {
  const { after, moments } = await apply({
    optimizer: sgd((count) => 2 ** -count),
    parameters: [1, -1],
    gradients: [[1, 2], [4, -8], [8, 0]],
  });
  assertEquals(after.map((x) => [...x]), [[0, -3], [-2, 1], [-4, 1]]);
  assertEquals(moments, {});
});

Deno.test("each member of an ensemble has its own rate, moments and parameters", async () => {
  const size = 130; // two workgroups and a part, for each of the members
  const draw = numbers(3);
  const row = () => Array.from({ length: size }, draw);
  const steppers = [0, 1, 2].map(() => stepperOf(row()));
  const gradients = [row(), row(), row()];
  const optimizers = [0.1, 0.02, 0].map((rate) => adam((count) => rate / (1 + count)));
  const keys = [1, 2, 3].map((seed) => random.key(seed));
  const trainer = trainerOf(optimizers[0]!, gradients);
  const together = await trainer.trainEnsemble(stack(steppers), { keys, optimizers });
  for (const [m, stepper] of steppers.entries()) {
    const alone = await trainerOf(optimizers[m]!, gradients).train(stepper, { key: keys[m]! });
    assertEquals(together[m]!.stepper.parameters, alone.stepper.parameters);
    assertEquals(together[m]!.moments, alone.moments);
  }
  assertEquals(together[2]!.stepper.parameters, steppers[2]!.parameters);
});
