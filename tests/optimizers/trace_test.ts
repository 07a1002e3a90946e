import { assertEquals } from "@std/assert";
import { sgd } from "../../mod.ts";
import { thrown } from "../training/problem.ts";
import { apply } from "./apply.ts";
import { assertMeets, runsOf, titleOf } from "./golden.ts";

for (const run of runsOf("sgd")) {
  Deno.test(`${titleOf(run)} gives the parameters of optax`, () => assertMeets(run));
}

Deno.test("sgd has no momentum unless it is asked for", () => {
  assertEquals(sgd(0.1).transforms.map(({ name }) => name), ["scale_by_learning_rate"]);
  assertEquals(sgd(0.1, { nesterov: true }).name, "sgd(0.1)");
  const { name, transforms: [trace] } = sgd(0.1, { momentum: 0.5, nesterov: true });
  assertEquals(name, "sgd(0.1, momentum=0.5, nesterov=true)");
  assertEquals([trace!.name, trace!.constants], ["trace", { DECAY: 0.5, NESTEROV: 1 }]);
  assertEquals(sgd(0.1, { momentum: 0 }).transforms[0]!.constants, { DECAY: 0, NESTEROV: 0 });
});

Deno.test("momentum sums gradients that decay by halves", async () => {
  const gradients = [[1], [0], [2]];
  const plain = await apply({ optimizer: sgd(1, { momentum: 0.5 }), parameters: [0], gradients });
  assertEquals(plain.after.map(([x]) => x), [-1, -1.5, -3.75]);
  assertEquals([...plain.moments["0.momentum"]!], [2.25]);
  const ahead = sgd(1, { momentum: 0.5, nesterov: true });
  const nesterov = await apply({ optimizer: ahead, parameters: [0], gradients });
  assertEquals(nesterov.after.map(([x]) => x), [-1.5, -1.75, -4.875]);
  assertEquals([...nesterov.moments["0.momentum"]!], [2.25]);
});

Deno.test("sgd names every option that does not hold", () => {
  assertEquals(
    thrown(() => sgd(0.1, { momentum: 1, nesterov: "yes", b1: 0.9 } as never)),
    "OptionsError: Cannot create sgd as 3 options do not hold:\n" +
      "- momentum must be a number in [0, 1): current momentum is 1\n" +
      '- nesterov must be true or false: current nesterov is "yes"\n' +
      "- b1 must be left out, since it is unknown (options are momentum, nesterov): current b1 is 0.9",
  );
  assertEquals(
    thrown(() => sgd(-1)),
    "OptionsError: Cannot create sgd as learningRate must be a finite number >= 0 or a schedule: " +
      "current learningRate is -1",
  );
});
