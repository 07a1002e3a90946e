/**
 * Mean absolute error.
 *
 * @module
 */
import { MAE } from "../../shaders/bundle.ts";
import type { Loss } from "../graph/loss.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import { sizeOf } from "../ndarray.ts";
import { createLoss, type LossOptions } from "./loss_options.ts";

/** Mean of absolute values of a difference, over all elements of a sample. Math: `shaders/mae.wgsl`. */
export const maeOp: Op<"p", "r"> = defineOp({
  name: "mae",
  inputs: ["p"],
  optional: ["r"],
  wgsl: MAE,
  shape: ({ p, r }) => {
    if (r) requireSameShape("mae", { prediction: p, target: r });
    return [1];
  },
  constants: ({ p }) => ({ SIZE: sizeOf(p) }),
  summands: ({ p }) => ({ forward: sizeOf(p) }),
});

/**
 * Mean absolute error, l = mean_n |p[n] - r[n]| over channels and space together, then over the batch
 * (trainax: `MAELoss`). With one side only, compared with zero. Elements that are equal have slope 0, as in JAX.
 *
 * @param options `batchReduction`
 * @throws {OptionsError} on an unknown option or reduction
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: losses.mae() });
 * ```
 */
export function mae(options: LossOptions = {}): Loss {
  return createLoss("mae", options, (p, r) => maeOp({ p, r }));
}
