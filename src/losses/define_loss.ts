/**
 * Losses of one's own.
 *
 * @module
 */
import * as z from "zod";
import type { BatchReduction, Loss } from "../graph/loss.ts";
import type { Var } from "../graph/var.ts";
import { callable, checkOptions, word } from "../options.ts";

/** What {@linkcode defineLoss} takes. */
export interface LossDefinition {
  /** The loss's name, not empty. */
  readonly name: string;
  /** How the numbers of the samples become one; default `"mean"`. */
  readonly batchReduction?: BatchReduction;
  /**
   * The loss of one sample, by ops.
   *
   * @param prediction the first side
   * @param target the second side; undefined where a configuration compares with zero
   * @returns a variable of shape [1]
   */
  forward(prediction: Var, target?: Var): Var;
}

/**
 * A loss of one's own (trainax: a subclass of `BaseLoss`): ops that make one number of a prediction and a target.
 *
 * @param definition name, reduction and the function
 * @throws {OptionsError} naming every part that does not hold
 *
 * @example The logarithm of a hyperbolic cosine, mean_n log(cosh(p[n] - r[n])), as an op of its own
 * ```ts
 * import { defineLoss, defineOp, Supervised } from "@unroll/unroll";
 *
 * const logCosh = defineOp({
 *   name: "log_cosh",
 *   inputs: ["p", "r"],
 *   wgsl: `
 *     import super::io::{SIZE, p, r, vBar, setPBar, setRBar};
 *     fn forward(i: u32, j: u32) -> f32 { return log(cosh(p(j) - r(j))) / SIZE; }
 *     fn adjointP(i: u32) { setPBar(i, vBar(0u) * tanh(p(i) - r(i)) / SIZE); }
 *     fn adjointR(i: u32) { setRBar(i, vBar(0u) * tanh(r(i) - p(i)) / SIZE); }
 *   `,
 *   shape: () => [1],
 *   constants: ({ p }) => ({ SIZE: p.reduce((a, b) => a * b, 1) }),
 *   summands: ({ p }) => ({ forward: p.reduce((a, b) => a * b, 1) }),
 * });
 * const loss = defineLoss({ name: "logCosh", forward: (p, r) => logCosh({ p, r: r! }) });
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: loss });
 * ```
 */
export function defineLoss(definition: LossDefinition): Loss {
  const NAME = "a name that is not empty";
  checkOptions("define loss", {
    name: z.string({ error: NAME }).check(z.minLength(1, { error: NAME })),
    batchReduction: z.optional(word("mean", "sum")),
    forward: callable(),
  }, definition);
  const { name, batchReduction = "mean", forward } = definition;
  return { name, batchReduction, forward };
}
