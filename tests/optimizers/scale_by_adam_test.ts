import { assert, assertEquals } from "@std/assert";
import { adam } from "../../mod.ts";
import { thrown } from "../training/problem.ts";
import { apply } from "./apply.ts";
import { assertMeets, runsOf, titleOf } from "./golden.ts";

for (const run of runsOf("adam")) {
  Deno.test(`${titleOf(run)} gives the parameters of optax`, () => assertMeets(run));
}

Deno.test("adam has optax's defaults", () => {
  const optimizer = adam(1e-3);
  assertEquals(optimizer.name, "adam(0.001, b1=0.9, b2=0.999, eps=1e-8, epsRoot=0)");
  const [first, second] = optimizer.transforms;
  assertEquals(optimizer.transforms.length, 2);
  assertEquals([first!.name, second!.name], ["scale_by_adam", "scale_by_learning_rate"]);
  assertEquals(first!.constants, { B1: 0.9, B2: 0.999, EPS: 1e-8, EPS_ROOT: 0 });
  assertEquals([first!.moments, second!.moments], [["mu", "nu"], []]);
  const given = adam((count) => 1 / (1 + count), { b1: 0.5, b2: 0, eps: 1, epsRoot: 0.25 });
  assertEquals(given.name, "adam(schedule, b1=0.5, b2=0, eps=1, epsRoot=0.25)");
  assertEquals(given.transforms[1]!.scalars.learningRate!(3), 0.25);
});

Deno.test("adam's step is the learning rate whatever the size of a steady gradient", async () => {
  const gradients = new Array(3).fill([1e-4, 1, 1e4, -7]);
  const { after } = await apply({ optimizer: adam(0.5), parameters: [0, 0, 0, 0], gradients });
  const close = (x: number, y: number) => Math.abs(x - y) < 1e-3;
  after.forEach((parameters, u) =>
    assert(parameters.every((x, i) => close(x, (i === 3 ? 0.5 : -0.5) * (u + 1))), `${parameters}`)
  );
});

Deno.test("adam keeps parameters without a gradient", async () => {
  const { after, moments } = await apply({
    optimizer: adam(0.5),
    parameters: [3, -2],
    gradients: [[0, 0], [0, 0]],
  });
  assertEquals([...after[1]!], [3, -2]);
  assertEquals(Object.entries(moments).map(([name, x]) => [name, ...x]), [["0.mu", 0, 0], ["0.nu", 0, 0]]);
});

Deno.test("adam names every option that does not hold", () => {
  assertEquals(
    thrown(() => adam(0.1, { b1: 1, b2: -0.1, eps: -1, epsRoot: NaN, momentum: 2 } as never)),
    "OptionsError: Cannot create adam as 5 options do not hold:\n" +
      "- b1 must be a number in [0, 1): current b1 is 1\n" +
      "- b2 must be a number in [0, 1): current b2 is -0.1\n" +
      "- eps must be a finite number >= 0: current eps is -1\n" +
      "- epsRoot must be a finite number >= 0: current epsRoot is NaN\n" +
      "- momentum must be left out, since it is unknown (options are b1, b2, eps, epsRoot): current momentum is 2",
  );
  for (const rate of [-0.1, NaN, Infinity, "0.1", undefined]) {
    assertEquals(
      thrown(() => adam(rate as never)),
      "OptionsError: Cannot create adam as learningRate must be a finite number >= 0 or a schedule: " +
        `current learningRate is ${typeof rate === "string" ? '"0.1"' : rate}`,
    );
  }
});
