/**
 * Activations. Those whose slope follows from their result (identity, relu, leakyRelu, tanh, sigmoid) join the op
 * before them and then cost no launch of their own.
 *
 * @module
 */
import * as z from "zod";
import { GELU, IDENTITY, LEAKY_RELU, RELU, SIGMOID, SILU, SOFTPLUS, TANH } from "../../shaders/bundle.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { checkOptions, positive, word } from "../options.ts";

/**
 * v = u. Math: `shaders/identity.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const physics = (u: Var): Var => ops.identity({ u }); // a function must return the result of an op
 * ```
 */
export const identity: Op<"u"> = defineOp({
  name: "identity",
  inputs: ["u"],
  wgsl: IDENTITY,
  shape: ({ u }) => u,
});

/**
 * v = max(u, 0); the slope at 0 is 0 (`jax.nn.relu`). Math: `shaders/relu.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var): Var => ops.relu({ u: ops.dense({ u, w }) });
 * ```
 */
export const relu: Op<"u"> = defineOp({ name: "relu", inputs: ["u"], wgsl: RELU, shape: ({ u }) => u });

/** Options of {@linkcode leakyRelu}. */
export interface LeakyReluOptions {
  /** The slope below 0, a finite number > 0, rounded to float32; default 0.01. */
  readonly negativeSlope?: number;
}

/**
 * v = u, or negativeSlope * u below 0; the slope at 0 is 1 (`jax.nn.leaky_relu`). Math: `shaders/leaky_relu.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var): Var => ops.leakyRelu({ u: ops.dense({ u, w }) }, { negativeSlope: 0.2 });
 * ```
 */
export const leakyRelu: Op<"u", never, LeakyReluOptions> = defineOp({
  name: "leakyRelu",
  inputs: ["u"],
  wgsl: LEAKY_RELU,
  shape: ({ u }, options: LeakyReluOptions) => {
    checkOptions("apply leakyRelu", { negativeSlope: z.optional(positive()) }, options);
    return u;
  },
  constants: (_, { negativeSlope = 0.01 }) => ({ NEGATIVE_SLOPE: Math.fround(negativeSlope) }),
});

/**
 * v = tanh(u). Math: `shaders/tanh.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var): Var => ops.tanh({ u: ops.dense({ u, w }) });
 * ```
 */
export const tanh: Op<"u"> = defineOp({ name: "tanh", inputs: ["u"], wgsl: TANH, shape: ({ u }) => u });

/**
 * v = 1 / (1 + exp(-u)). Math: `shaders/sigmoid.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const gate = (u: Var, w: Var): Var => ops.sigmoid({ u: ops.dense({ u, w }) });
 * ```
 */
export const sigmoid: Op<"u"> = defineOp({
  name: "sigmoid",
  inputs: ["u"],
  wgsl: SIGMOID,
  shape: ({ u }) => u,
});

/**
 * v = u / (1 + exp(-u)), also known as swish (`jax.nn.silu`). Math: `shaders/silu.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var): Var => ops.silu({ u: ops.dense({ u, w }) });
 * ```
 */
export const silu: Op<"u"> = defineOp({ name: "silu", inputs: ["u"], wgsl: SILU, shape: ({ u }) => u });

/** Options of {@linkcode gelu}. */
export interface GeluOptions {
  /** `"tanh"` for the approximation by tanh (the default, as in JAX), `"none"` for the exact form. */
  readonly approximate?: "tanh" | "none";
}

/**
 * v = u P(u), P being the distribution function of the normal distribution, or its approximation by tanh
 * (`jax.nn.gelu`). Math: `shaders/gelu.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var): Var => ops.gelu({ u: ops.dense({ u, w }) }, { approximate: "none" });
 * ```
 */
export const gelu: Op<"u", never, GeluOptions> = defineOp({
  name: "gelu",
  inputs: ["u"],
  wgsl: GELU,
  shape: ({ u }, options: GeluOptions) => {
    checkOptions("apply gelu", { approximate: z.optional(word("tanh", "none")) }, options);
    return u;
  },
  constants: (_, { approximate = "tanh" }) => ({ EXACT: approximate === "none" ? 1 : 0 }),
});

/**
 * v = log(1 + exp(u)), without overflow for large u (`jax.nn.softplus`). Math: `shaders/softplus.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const positive = (u: Var, w: Var): Var => ops.softplus({ u: ops.dense({ u, w }) });
 * ```
 */
export const softplus: Op<"u"> = defineOp({
  name: "softplus",
  inputs: ["u"],
  wgsl: SOFTPLUS,
  shape: ({ u }) => u,
});
