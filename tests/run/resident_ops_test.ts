/**
 * Ops in the resident runner, beside the launches runner.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  constant,
  defineOp,
  defineStepper,
  NdArray,
  Objective,
  ops,
  Supervised,
  type Tree,
  type Var,
} from "../../mod.ts";
import { DATA } from "../gpu/problem.ts";
import { gpu } from "../ops/device.ts";

/** Throws unless a stepper with one weight has the same loss and gradient in both runners, to float32 rounding. */
async function assertSameOf(name: string, forward: (u: Var, w: Var) => Var): Promise<void> {
  const parameters = { weight: new NdArray([0.3, -0.2], [1, 1, 2]) };
  const own = defineStepper<Tree<NdArray>>({
    name,
    parameters,
    forward: (u, p) => forward(u, (p as { weight: Var }).weight),
  });
  const of = async (runner: "resident" | "launches") => {
    using objective = new Objective(gpu, new Supervised({ numRolloutSteps: 3 }), {
      stepper: own,
      data: DATA,
      runner,
    });
    const { loss, grad } = await objective.valueAndGrad();
    return [loss, ...(grad as typeof parameters).weight.data];
  };
  const [resident, launches] = [await of("resident"), await of("launches")];
  launches.forEach((x, i) => assert(Math.abs(resident[i]! - x) <= 1e-5 * Math.abs(x)));
}

Deno.test("resident agrees with launches for ops whose course depends on the numbers", () =>
  assertSameOf("gelu net", (u, w) => ops.tanh({ u: ops.gelu({ u: ops.conv({ u, w }) }) })));

Deno.test("resident agrees with launches for several constants", () => {
  const numbers = (...x: number[]) => constant(new NdArray(x, [1, 6]));
  return assertSameOf("masked", (u, w) => {
    const masked = ops.mul({ a: ops.conv({ u, w }), b: numbers(1, 0.5, 0, 0, 0.25, 1) });
    return ops.add({ a: masked, b: numbers(0.1, 0.2, 0.3, 0.4, 0.5, 0.6) });
  });
});

Deno.test("resident reads what the plain rule reads where the blocked one reads something else", () => {
  const exp = defineOp({
    name: "exp",
    inputs: ["u"],
    wgsl: `
      import super::io::{u, setV, v, vBar, setUBar};
      fn forward(i: u32) { setV(i, exp(u(i))); }
      fn adjointU(i: u32) { setUBar(i, v(i) * vBar(i)); }
    `,
    shape: ({ u }) => u,
    blocked: {
      wgsl: [
        "import super::io::{u, vBar, setUBar}; fn adjointU(i: u32) { setUBar(i, exp(u(i)) * vBar(i)); }",
      ],
      calls: ({ u }) => ({ adjointU: u[0]! * u[1]! }),
    },
  });
  return assertSameOf("exp net", (u, w) => ops.tanh({ u: exp({ u: ops.conv({ u, w }) }) }));
});

Deno.test("resident agrees with launches for several sums that joined their summands", () =>
  assertSameOf("residual net", (u, w) => {
    const block = (u: Var, factor: number) => ops.scale({ u: ops.conv({ u, w }) }, { factor });
    const h = ops.relu({ u: ops.add({ a: u, b: block(u, 0.5) }) });
    const k = ops.add({ a: h, b: block(h, -0.7) });
    return ops.add({ a: block(k, 0.9), b: k });
  }));
