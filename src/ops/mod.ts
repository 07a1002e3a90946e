/**
 * The ops, each one WGSL file with its adjoints.
 *
 * @module
 */
export { type Boundary, conv, type ConvOptions } from "./conv.ts";
export { dense } from "./dense.ts";
export { add, relu, scale, type ScaleOptions, sub, tanh } from "./elementwise.ts";
