import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { defineOp } from "../../src/graph/op.ts";
import { sizeOf } from "../../src/ndarray.ts";
import { defineLoss } from "../../src/losses/define_loss.ts";
import type { Tensors, Twin } from "../ops/twin.ts";
import { testLoss, TWO_SIDED } from "./cases.ts";

const logCosh = defineOp({
  name: "log_cosh",
  inputs: ["p", "r"],
  wgsl: `
    import super::io::{SIZE, p, r, vBar, setPBar, setRBar};
    fn forward(i: u32, j: u32) -> f32 { return log(cosh(p(j) - r(j))) / SIZE; }
    fn adjointP(i: u32) { setPBar(i, vBar(0u) * tanh(p(i) - r(i)) / SIZE); }
    fn adjointR(i: u32) { setRBar(i, vBar(0u) * tanh(r(i) - p(i)) / SIZE); }
  `,
  shape: () => [1],
  constants: ({ p }) => ({ SIZE: sizeOf(p) }),
  summands: ({ p }) => ({ forward: sizeOf(p) }),
});

const errors = ({ p, r }: Tensors) => p!.map((x, i) => x - r![i]!);
const twin: Twin = {
  forward(x) {
    const e = errors(x);
    return Float64Array.of(e.reduce((sum, a) => sum + Math.log(Math.cosh(a)), 0) / e.length);
  },
  adjointP: (x: Tensors, vBar: Float64Array) => errors(x).map((a) => vBar[0]! * Math.tanh(a) / x.p!.length),
  adjointR: (x: Tensors, vBar: Float64Array) => errors(x).map((a) => -vBar[0]! * Math.tanh(a) / x.p!.length),
  tangent(x, change) {
    const moved = errors(x).map((a, i) => Math.tanh(a) * ((change.p?.[i] ?? 0) - (change.r?.[i] ?? 0)));
    return Float64Array.of(moved.reduce((sum, a) => sum + a, 0) / moved.length);
  },
};

testLoss(
  (options) => defineLoss({ name: "logCosh", ...options, forward: (p, r) => logCosh({ p, r: r! }) }),
  twin,
  { scale: 8, sides: TWO_SIDED },
);

Deno.test("a loss of one's own has a name, a reduction and a function", () => {
  const { name, batchReduction } = defineLoss({ name: "mine", forward: (p) => p });
  assertEquals([name, batchReduction], ["mine", "mean"]);
  assertEquals(
    assertThrows(
      () => defineLoss({ name: "", batchReduction: "max" as never, forward: 1 as never }),
      OptionsError,
    ).message,
    `Cannot define loss as 3 options do not hold:
- name must be a name that is not empty: current name is ""
- batchReduction must be one of "mean", "sum": current batchReduction is "max"
- forward must be a function: current forward is 1`,
  );
});
