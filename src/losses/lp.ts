/**
 * Errors in the mean p-norm.
 *
 * @module
 */
import * as z from "zod";
import { MEAN_POWER } from "../../shaders/bundle.ts";
import type { Loss } from "../graph/loss.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import { sizeOf } from "../ndarray.ts";
import { createLoss, type LossOptions } from "./loss_options.ts";
import { rootOp, type RootOptions } from "./root.ts";

/** Mean of powers of a difference, over all elements of a sample. Math: `shaders/mean_power.wgsl`. */
export const meanPowerOp: Op<"p", "r", RootOptions> = defineOp({
  name: "mean_power",
  inputs: ["p"],
  optional: ["r"],
  wgsl: MEAN_POWER,
  shape: ({ p, r }) => {
    if (r) requireSameShape("lp", { prediction: p, target: r });
    return [1];
  },
  constants: ({ p }, { order }: RootOptions) => {
    const whole = Math.floor(order);
    return { SIZE: sizeOf(p), ORDER: order, WHOLE: whole, REST: order - whole };
  },
  summands: ({ p }) => ({ forward: sizeOf(p) }),
});

/** Options of {@linkcode lp}. */
export interface LpOptions extends LossOptions {
  /** The order of the norm, a finite number >= 1. */
  readonly p: number;
}

const ORDER = "a finite number >= 1";

/**
 * Error in the mean p-norm, l = (mean_n |p[n] - r[n]|^p)^(1/p) over channels and space together, sample by sample; then
 * the mean over the batch. With one side only, compared with zero. It does not grow with the number of points: p = 1 is
 * {@linkcode mae}, p = 2 is {@linkcode rmse}, and a large p weighs the worst element. trainax names it and leaves it
 * open. Differences must be such that their p-th power is a float32.
 *
 * Where both sides are equal the root has no slope: the cotangent is 0 there.
 *
 * @param options `p`, `batchReduction`
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: losses.lp({ p: 4 }) });
 * ```
 */
export function lp(options: LpOptions): Loss {
  const schema = {
    p: z.number({ error: ORDER }).check(z.refine((x) => Number.isFinite(x) && x >= 1, { error: ORDER })),
  };
  const order = options?.p;
  const loss = createLoss("lp", options, (p, r) => {
    const mean = meanPowerOp({ p, r }, { order });
    return order === 1 ? mean : rootOp({ u: mean }, { order });
  }, schema);
  return { ...loss, name: `lp(p=${order})` };
}
