/**
 * Ops that work element by element.
 *
 * @module
 */
import { ADD, RELU, SCALE, SUB, TANH } from "../../shaders/bundle.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import { checkOptions, finite } from "../options.ts";

/** v = max(u, 0); the slope at 0 is 0. Math: `shaders/relu.wgsl`. */
export const relu: Op<"u"> = defineOp({ name: "relu", inputs: ["u"], wgsl: RELU, shape: ({ u }) => u });

/** v = tanh(u). Math: `shaders/tanh.wgsl`. */
export const tanh: Op<"u"> = defineOp({ name: "tanh", inputs: ["u"], wgsl: TANH, shape: ({ u }) => u });

/** v = a + b, of equal shapes. Math: `shaders/add.wgsl`. */
export const add: Op<"a" | "b"> = defineOp({
  name: "add",
  inputs: ["a", "b"],
  wgsl: ADD,
  shape: ({ a, b }) => {
    requireSameShape("add", { a, b });
    return a;
  },
});

/** v = a - b, of equal shapes. Math: `shaders/sub.wgsl`. */
export const sub: Op<"a" | "b"> = defineOp({
  name: "sub",
  inputs: ["a", "b"],
  wgsl: SUB,
  shape: ({ a, b }) => {
    requireSameShape("sub", { a, b });
    return a;
  },
});

/** Options of {@linkcode scale}. */
export interface ScaleOptions {
  /** The factor, a finite number; rounded to float32. */
  readonly factor: number;
}

/** v = factor * u. Math: `shaders/scale.wgsl`. */
export const scale: Op<"u", never, ScaleOptions> = defineOp({
  name: "scale",
  inputs: ["u"],
  wgsl: SCALE,
  shape: ({ u }, options: ScaleOptions) => {
    checkOptions("apply scale", { factor: finite() }, options);
    return u;
  },
  constants: (_, { factor }) => ({ FACTOR: Math.fround(factor) }),
});
