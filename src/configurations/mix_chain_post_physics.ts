/**
 * Mixed chain: physics steps after the emulator's.
 *
 * @module
 */
import * as z from "zod";
import { integer } from "../options.ts";
import type { Parts } from "../tape/configuration.ts";
import type { Tape } from "../tape/tape.ts";
import { ChainConfiguration, type ChainOptions } from "./chain.ts";

/** Options of {@linkcode MixChainPostPhysics}; `timeLevelWeights` has length R + Q. */
export interface MixChainPostPhysicsOptions extends ChainOptions {
  /** Q, how many steps of the reference stepper follow; an integer >= 0, default 1. */
  readonly numPostPhysicsSteps?: number;
}

/**
 * R steps of the stepper, then Q steps of the reference stepper, every time level compared with the data
 * (trainax: `MixChainPostPhysics`). The physics steps are never cut.
 *
 *     p = u[0];  for t in 0..R-1:    p = f(p);  L += w[t] * l(p, u[t+1]);  cut after the loss
 *                for t in R..R+Q-1:  p = P(p);  L += w[t] * l(p, u[t+1])
 *
 * Reads R + Q + 1 snapshots. Needs `refStepper`.
 *
 * @example
 * ```ts
 * import { MixChainPostPhysics } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new MixChainPostPhysics({ numRolloutSteps: 3, numPostPhysicsSteps: 2 }).numSnapshots, 6);
 * ```
 */
export class MixChainPostPhysics extends ChainConfiguration {
  /** How many snapshots of a trajectory it reads, the initial state included. */
  readonly numSnapshots: number;
  /** Q, how many steps of the reference stepper follow. */
  readonly numPostPhysicsSteps: number;

  /**
   * Makes the configuration.
   *
   * @param options all optional
   * @throws {OptionsError} naming every fault
   */
  constructor(options: MixChainPostPhysicsOptions = {}) {
    const { numRolloutSteps = 1, numPostPhysicsSteps = 1 } = options ?? {};
    super("MixChainPostPhysics", options, {
      schema: { numPostPhysicsSteps: z.optional(integer(0)) },
      numTimeLevels: numRolloutSteps + numPostPhysicsSteps,
    });
    this.numPostPhysicsSteps = numPostPhysicsSteps;
    this.numSnapshots = numRolloutSteps + numPostPhysicsSteps + 1;
  }

  /** Records the applications and losses of one window. */
  record(tape: Tape, parts: Parts): void {
    const { stepper } = parts;
    const refStepper = this.need(parts, "refStepper");
    let prediction = tape.snapshot(0);
    for (let t = 0; t < this.numRolloutSteps + this.numPostPhysicsSteps; t++) {
      const isPhysics = t >= this.numRolloutSteps;
      prediction = tape.apply(isPhysics ? refStepper : stepper, prediction);
      tape.loss(this.timeLevelLoss, prediction, tape.snapshot(t + 1), this.timeLevelWeights[t]);
      if (!isPhysics) prediction = this.cut(tape, prediction, t);
    }
  }
}
