/**
 * Losses: a number for each sample, reduced over the batch.
 *
 * @module
 */
import type { Var } from "./var.ts";

/** How the numbers of the samples of a batch become one. */
export type BatchReduction = "mean" | "sum";

/** A loss between two states, or of one state against zero (trainax: `BaseLoss`). */
export interface Loss {
  /** Its name. */
  readonly name: string;
  /** How it is reduced over the samples of a batch. */
  readonly batchReduction: BatchReduction;
  /**
   * The loss of one sample, by ops.
   *
   * @param prediction the first side
   * @param target the second side; left out to compare with zero
   * @returns a variable of shape [1]
   */
  forward(prediction: Var, target?: Var): Var;
}
