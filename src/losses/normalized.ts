/**
 * Losses relative to the size of the target.
 *
 * @module
 */
import { NORMALIZED_MAE, NORMALIZED_MSE } from "../../shaders/bundle.ts";
import type { Loss } from "../graph/loss.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import type { Var } from "../graph/var.ts";
import { sizeOf } from "../ndarray.ts";
import { createLoss, type LossOptions } from "./loss_options.ts";
import { maeOp } from "./mae.ts";
import { mseOp } from "./mse.ts";

/** An op that divides by s, the size of the target. */
function normalizedOp(name: string, wgsl: string): Op<"p" | "r" | "s"> {
  return defineOp({
    name,
    inputs: ["p", "r", "s"],
    wgsl,
    shape: ({ p, r }) => {
      requireSameShape(name, { prediction: p, target: r });
      return [1];
    },
    constants: ({ p }) => ({ SIZE: sizeOf(p) }),
    summands: ({ p }) => ({ forward: sizeOf(p) }),
  });
}

const normalizedMseOp = normalizedOp("normalized_mse", NORMALIZED_MSE);
const normalizedMaeOp = normalizedOp("normalized_mae", NORMALIZED_MAE);

/** The target, which must be there. */
function given(name: string, r: Var | undefined): Var {
  if (r === undefined) {
    throw new TypeError(
      `Cannot apply ${name} as a target must be given to divide by: current target is undefined`,
    );
  }
  return r;
}

/**
 * Mean squared error over the mean square of the target, both over channels and space together, sample by sample; then
 * the mean over the batch (trainax: `Normalized_MSELoss`). Nothing is added below: a target that is zero everywhere
 * has no relative error, and the loss is then not finite. A configuration that compares with zero cannot take it.
 *
 * @param options `batchReduction`
 * @throws {OptionsError} on an unknown option or reduction
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: losses.normalizedMse() });
 * ```
 */
export function normalizedMse(options: LossOptions = {}): Loss {
  return createLoss("normalizedMse", options, (p, target) => {
    const r = given("normalizedMse", target);
    return normalizedMseOp({ p, r, s: mseOp({ p: r }) });
  });
}

/**
 * Mean absolute error over the mean absolute value of the target, both over channels and space together, sample by
 * sample; then the mean over the batch (trainax: `Normalized_MAELoss`). Nothing is added below: a target that is zero
 * everywhere has no relative error, and the loss is then not finite. A configuration that compares with zero cannot
 * take it.
 *
 * @param options `batchReduction`
 * @throws {OptionsError} on an unknown option or reduction
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: losses.normalizedMae() });
 * ```
 */
export function normalizedMae(options: LossOptions = {}): Loss {
  return createLoss("normalizedMae", options, (p, target) => {
    const r = given("normalizedMae", target);
    return normalizedMaeOp({ p, r, s: maeOp({ p: r }) });
  });
}
