/**
 * The root of a mean of powers.
 *
 * @module
 */
import { ROOT } from "../../shaders/bundle.ts";
import { defineOp, type Op } from "../graph/op.ts";

/** Options of {@linkcode rootOp}. */
export interface RootOptions {
  /** The order of the root, > 1. */
  readonly order: number;
}

/** The root of numbers >= 0; its slope at 0 is taken as 0. Math: `shaders/root.wgsl`. */
export const rootOp: Op<"u", never, RootOptions> = defineOp({
  name: "root",
  inputs: ["u"],
  wgsl: ROOT,
  shape: ({ u }) => u,
  constants: (_, { order }: RootOptions) => ({ ORDER: order }),
});
