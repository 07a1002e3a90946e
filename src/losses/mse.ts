/**
 * Mean squared error.
 *
 * @module
 */
import { MSE } from "../../shaders/bundle.ts";
import type { Loss } from "../graph/loss.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import { sizeOf } from "../ndarray.ts";
import { createLoss, type LossOptions } from "./loss_options.ts";

/** Mean of squares of a difference, over all elements of a sample. Math: `shaders/mse.wgsl`. */
export const mseOp: Op<"p", "r"> = defineOp({
  name: "mse",
  inputs: ["p"],
  optional: ["r"],
  wgsl: MSE,
  shape: ({ p, r }) => {
    if (r) requireSameShape("mse", { prediction: p, target: r });
    return [1];
  },
  constants: ({ p }) => ({ SIZE: sizeOf(p) }),
  summands: ({ p }) => ({ forward: sizeOf(p) }),
});

/**
 * Mean squared error, l = mean_n (p[n] - r[n])^2 over channels and space together, then over the batch
 * (trainax: `MSELoss`). With one side only, compared with zero.
 *
 * @param options `batchReduction`
 * @throws {OptionsError} on an unknown option or reduction
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: losses.mse({ batchReduction: "sum" }) });
 * ```
 */
export function mse(options: LossOptions = {}): Loss {
  return createLoss("mse", options, (p, r) => mseOp({ p, r }));
}
