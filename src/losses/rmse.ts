/**
 * Root mean squared error.
 *
 * @module
 */
import type { Loss } from "../graph/loss.ts";
import { createLoss, type LossOptions } from "./loss_options.ts";
import { mseOp } from "./mse.ts";
import { rootOp } from "./root.ts";

/**
 * Root mean squared error, l = sqrt(mean_n (p[n] - r[n])^2) over channels and space together, sample by sample; then
 * the mean over the batch. With one side only, compared with zero. trainax names it and leaves it open.
 *
 * Where both sides are equal the root has no slope: the cotangent is 0 there, which is one of its subgradients and
 * lets a run go on that has met its target exactly. JAX gives NaN.
 *
 * @param options `batchReduction`
 * @throws {OptionsError} on an unknown option or reduction
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: losses.rmse() });
 * ```
 */
export function rmse(options: LossOptions = {}): Loss {
  return createLoss("rmse", options, (p, r) => rootOp({ u: mseOp({ p, r }) }, { order: 2 }));
}
