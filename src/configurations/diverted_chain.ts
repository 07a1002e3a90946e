/**
 * Diverted chain: branches off the main chain, compared with a reference stepper.
 *
 * @module
 */
import * as z from "zod";
import { flag, integer, lengthFault, numbers } from "../options.ts";
import type { Parts } from "../tape/configuration.ts";
import type { Tape } from "../tape/tape.ts";
import { ChainConfiguration, type ChainOptions } from "./chain.ts";

/** Options of {@linkcode DivertedChain}. */
export interface DivertedChainOptions extends ChainOptions {
  /** B, the length of each branch; an integer in [1, R], default 1. */
  readonly numBranchSteps?: number;
  /** Whether the reference branch starts behind a stop-gradient; default false. */
  readonly cutDivChain?: boolean;
  /** A factor for each step of a branch, length B; default ones. */
  readonly branchLevelWeights?: readonly number[];
}

/**
 * From each of the first R - B + 1 states of the main chain, B steps of the stepper are compared with B steps of the
 * reference stepper from the same state (trainax: `DivertedChain`).
 *
 *     m = u[0];  for t in 0..R-B:  p = r = m;
 *       for b in 0..B-1:  p = f(p);  r = P(r);  L += w[t] * v[b] * l(p, r);  p cut by t + b
 *       m = f(m), cut by t
 *
 * Reads the initial snapshot only. `timeLevelWeights` has length R, as in trainax; the first R - B + 1 of them are used.
 * Needs `refStepper`. B = R with a reference that made the data is `Supervised`, B = 1 is `DivertedChainBranchOne`.
 *
 * @example
 * ```ts
 * import { DivertedChain } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new DivertedChain({ numRolloutSteps: 5, numBranchSteps: 2 }).numSnapshots, 1);
 * ```
 */
export class DivertedChain extends ChainConfiguration {
  /** How many snapshots of a trajectory it reads, the initial state included. */
  readonly numSnapshots = 1;
  /** B, the length of each branch. */
  readonly numBranchSteps: number;
  /** Whether the reference branch starts behind a stop-gradient. */
  readonly cutDivChain: boolean;
  /** The factor of each step of a branch, length B. */
  readonly branchLevelWeights: readonly number[];

  /**
   * Makes the configuration.
   *
   * @param options all optional
   * @throws {OptionsError} naming every fault
   */
  constructor(options: DivertedChainOptions = {}) {
    const { numRolloutSteps = 1, numBranchSteps = 1, branchLevelWeights } = options ?? {};
    const isLonger = Number.isSafeInteger(numBranchSteps) && numRolloutSteps >= 1 &&
      numBranchSteps > numRolloutSteps;
    super("DivertedChain", options, {
      schema: {
        numBranchSteps: z.optional(integer(1)),
        cutDivChain: z.optional(flag()),
        branchLevelWeights: z.optional(numbers()),
      },
      faults: [
        ...(isLonger
          ? [{ path: "numBranchSteps", rule: `<= numRolloutSteps=${numRolloutSteps}`, value: numBranchSteps }]
          : []),
        ...lengthFault("branchLevelWeights", branchLevelWeights, numBranchSteps),
      ],
    });
    this.numBranchSteps = numBranchSteps;
    this.cutDivChain = options.cutDivChain ?? false;
    this.branchLevelWeights = branchLevelWeights
      ? [...branchLevelWeights]
      : new Array(numBranchSteps).fill(1);
  }

  /** Records the applications and losses of one window. */
  record(tape: Tape, parts: Parts): void {
    const { stepper } = parts;
    const refStepper = this.need(parts, "refStepper");
    let main = tape.snapshot(0);
    for (let t = 0; t <= this.numRolloutSteps - this.numBranchSteps; t++) {
      let prediction = main;
      let reference = this.cutDivChain ? tape.stopGradient(main) : main;
      for (let b = 0; b < this.numBranchSteps; b++) {
        prediction = tape.apply(stepper, prediction);
        reference = tape.apply(refStepper, reference);
        tape.loss(
          this.timeLevelLoss,
          prediction,
          reference,
          this.timeLevelWeights[t]! * this.branchLevelWeights[b]!,
        );
        prediction = this.cut(tape, prediction, t + b);
      }
      main = this.cut(tape, tape.apply(stepper, main), t);
    }
  }
}
