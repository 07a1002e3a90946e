import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { covers, defineStepper, type StepperOptions } from "../../src/graph/stepper.ts";
import { NdArray, type Tree } from "../../src/ndarray.ts";
import { tanh } from "../../src/ops/mod.ts";

const PARAMETERS = {
  layers: [
    { weight: new NdArray([1, 2], [1, 1, 2]), bias: new NdArray([0]) },
    { weight: new NdArray([3], [1, 1, 1]), bias: new NdArray([0]) },
  ],
};

const define = (options: Partial<StepperOptions<Tree<NdArray>>>) =>
  defineStepper<Tree<NdArray>>({
    name: "net",
    parameters: PARAMETERS,
    forward: (u) => tanh({ u }),
    ...options,
  });

Deno.test("defineStepper keeps what it is given", () => {
  const stepper = define({ frozen: ["layers.0"] });
  assertEquals(stepper.name, "net");
  assert(stepper.parameters === PARAMETERS);
  assertEquals(stepper.frozen, ["layers.0"]);
  assertEquals(define({}).frozen, []);
});

Deno.test("defineStepper refuses parameters that are not finite and frozen paths that name nothing", () => {
  const message = (options: Partial<StepperOptions<Tree<NdArray>>>) =>
    assertThrows(() => define(options), OptionsError).message;
  assertEquals(
    message({ parameters: { w: new NdArray([1, 2, NaN, Infinity]) } }),
    "Cannot create stepper net as parameters.w[2] must be finite: current parameters.w[2] is NaN",
  );
  assertEquals(
    message({ parameters: { w: new NdArray([-Infinity]), b: new NdArray([1]) }, frozen: ["b", "c"] }),
    "Cannot create stepper net as 2 options do not hold:\n" +
      "- parameters.w[0] must be finite: current parameters.w[0] is -Infinity\n" +
      '- frozen.1 must be the path of a parameter (w, b): current frozen.1 is "c"',
  );
});

Deno.test("with takes a tree of the same structure", () => {
  const stepper = define({ frozen: ["layers.0"] });
  const parameters = { layers: [...PARAMETERS.layers] };
  const other = stepper.with(parameters);
  assert(other.parameters === parameters);
  assertEquals([other.name, other.frozen], ["net", ["layers.0"]]);
  assert(other.forward === stepper.forward);
});

Deno.test("with refuses a tree of another structure or other shapes", () => {
  const structure =
    "layers.0.weight [1, 1, 2], layers.0.bias [1], layers.1.weight [1, 1, 1], layers.1.bias [1]";
  assertEquals(
    assertThrows(() => define({}).with({ layers: PARAMETERS.layers.toReversed() }), OptionsError).message,
    `Cannot set parameters of net as parameters must be a tree of ${structure}: current parameters is ` +
      '"layers.0.weight [1, 1, 1], layers.0.bias [1], layers.1.weight [1, 1, 2], layers.1.bias [1]"',
  );
  assertThrows(() => define({}).with({ layers: PARAMETERS.layers.slice(1) }), OptionsError);
});

Deno.test("a path covers itself and what lies under it", () => {
  assert(covers("layers.0", "layers.0"));
  assert(covers("layers.0", "layers.0.weight"));
  assertFalse(covers("layers.0.weight", "layers.0"));
  assertFalse(covers("layers.1", "layers.10.weight"));
  assertFalse(covers("layers", "layer"));
});
