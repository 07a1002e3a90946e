/**
 * Diverted chain with branches of one step.
 *
 * @module
 */
import * as z from "zod";
import { flag } from "../options.ts";
import type { Parts } from "../tape/configuration.ts";
import type { Tape } from "../tape/tape.ts";
import { ChainConfiguration, type ChainOptions } from "./chain.ts";

/** Options of {@linkcode DivertedChainBranchOne}. */
export interface DivertedChainBranchOneOptions extends ChainOptions {
  /** Whether the reference is taken behind a stop-gradient; default false. */
  readonly cutDivChain?: boolean;
}

/**
 * Every step of the main chain is compared with one step of the reference stepper from the same state
 * (trainax: `DivertedChainBranchOne`).
 *
 *     p = u[0];  for t in 0..R-1:  r = P(p), cut by cutDivChain;  p = f(p);  L += w[t] * l(p, r);  cut after the loss
 *
 * Reads the initial snapshot only. Needs `refStepper`.
 *
 * @example
 * ```ts
 * import { DivertedChainBranchOne } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new DivertedChainBranchOne({ numRolloutSteps: 5 }).numSnapshots, 1);
 * ```
 */
export class DivertedChainBranchOne extends ChainConfiguration {
  /** How many snapshots of a trajectory it reads, the initial state included. */
  readonly numSnapshots = 1;
  /** Whether the reference is taken behind a stop-gradient. */
  readonly cutDivChain: boolean;

  /**
   * Makes the configuration.
   *
   * @param options all optional
   * @throws {OptionsError} naming every fault
   */
  constructor(options: DivertedChainBranchOneOptions = {}) {
    super("DivertedChainBranchOne", options, { schema: { cutDivChain: z.optional(flag()) } });
    this.cutDivChain = options.cutDivChain ?? false;
  }

  /** Records the applications and losses of one window. */
  record(tape: Tape, parts: Parts): void {
    const { stepper } = parts;
    const refStepper = this.need(parts, "refStepper");
    let prediction = tape.snapshot(0);
    for (let t = 0; t < this.numRolloutSteps; t++) {
      const reference = tape.apply(refStepper, prediction);
      prediction = tape.apply(stepper, prediction);
      const target = this.cutDivChain ? tape.stopGradient(reference) : reference;
      tape.loss(this.timeLevelLoss, prediction, target, this.timeLevelWeights[t]);
      prediction = this.cut(tape, prediction, t);
    }
  }
}
