/**
 * Supervised unrolling.
 *
 * @module
 */
import type { Parts } from "../tape/configuration.ts";
import type { Tape } from "../tape/tape.ts";
import { ChainConfiguration, type ChainOptions } from "./chain.ts";

/** Options of {@linkcode Supervised}. */
export type SupervisedOptions = ChainOptions;

/**
 * Unrolls the stepper over R steps and compares every time level with the data (trainax: `Supervised`).
 *
 *     p = u[0];  for t in 0..R-1:  p = f(p);  L += w[t] * l(p, u[t+1]);  cut after the loss
 *
 * Reads R + 1 snapshots. One-step supervised training is R = 1, the default.
 *
 * @example
 * ```ts
 * import { Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const configuration = new Supervised({ numRolloutSteps: 5, cutBptt: true, cutBpttEvery: 2 });
 * assertEquals(configuration.numSnapshots, 6);
 * ```
 */
export class Supervised extends ChainConfiguration {
  /** How many snapshots of a trajectory it reads, the initial state included. */
  readonly numSnapshots: number;

  /**
   * Makes the configuration.
   *
   * @param options all optional
   * @throws {OptionsError} naming every fault
   */
  constructor(options: SupervisedOptions = {}) {
    super("Supervised", options);
    this.numSnapshots = this.numRolloutSteps + 1;
  }

  /** Records the applications and losses of one window. */
  record(tape: Tape, { stepper }: Parts): void {
    let prediction = tape.snapshot(0);
    for (let t = 0; t < this.numRolloutSteps; t++) {
      prediction = tape.apply(stepper, prediction);
      tape.loss(this.timeLevelLoss, prediction, tape.snapshot(t + 1), this.timeLevelWeights[t]);
      prediction = this.cut(tape, prediction, t);
    }
  }
}
