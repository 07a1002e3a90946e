/**
 * The ops, each one WGSL file with its adjoints.
 *
 * @module
 */
export {
  gelu,
  type GeluOptions,
  identity,
  leakyRelu,
  type LeakyReluOptions,
  relu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "./activations.ts";
export {
  abs,
  add,
  div,
  mul,
  pow,
  type PowOptions,
  scale,
  type ScaleOptions,
  sqrt,
  square,
  sub,
} from "./arithmetic.ts";
export { type Boundary, conv, type ConvOptions } from "./conv.ts";
export type { PerAxis } from "./conv_axes.ts";
export { dense } from "./dense.ts";
export { groupNorm, type GroupNormInputs, type GroupNormOptions, mean, variance } from "./group_norm.ts";
export {
  concat,
  reshape,
  type ReshapeOptions,
  roll,
  type RollOptions,
  slice,
  type SliceOptions,
} from "./shape.ts";
