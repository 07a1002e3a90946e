/**
 * What the losses share: their options.
 *
 * @module
 */
import * as z from "zod";
import type { BatchReduction, Loss } from "../graph/loss.ts";
import type { Var } from "../graph/var.ts";
import { checkOptions, word } from "../options.ts";

/** Options of a loss. */
export interface LossOptions {
  /** How the numbers of the samples become one; default `"mean"`. */
  readonly batchReduction?: BatchReduction;
}

/** The schema of {@linkcode LossOptions}. */
const SCHEMA = { batchReduction: z.optional(word("mean", "sum")) };

/**
 * A loss with its options checked.
 *
 * @param name the loss, as messages name it
 * @param options what the user gave
 * @param forward the loss of one sample
 * @param schema schemas of its own options
 * @throws {OptionsError} naming every option that does not hold
 */
export function createLoss(
  name: string,
  options: LossOptions,
  forward: (p: Var, r?: Var) => Var,
  schema: Record<string, z.ZodMiniType> = {},
): Loss {
  checkOptions(`create ${name}`, { ...SCHEMA, ...schema }, options);
  return { name, batchReduction: options.batchReduction ?? "mean", forward };
}
