/**
 * Residuum of two consecutive time levels.
 *
 * @module
 */
import * as z from "zod";
import { flag } from "../options.ts";
import type { Parts } from "../tape/configuration.ts";
import type { Tape } from "../tape/tape.ts";
import { ChainConfiguration, type ChainOptions } from "./chain.ts";

/** Options of {@linkcode Residuum}. */
export interface ResiduumOptions extends ChainOptions {
  /** Whether the residuum sees the earlier time level behind a stop-gradient; default false. */
  readonly cutPrev?: boolean;
  /** Whether the residuum sees the later time level behind a stop-gradient; default false. */
  readonly cutNext?: boolean;
}

/**
 * The residuum r(next, previous) of every two consecutive states of the main chain, compared with zero
 * (trainax: `Residuum`).
 *
 *     p = u[0];  for t in 0..R-1:  n = f(p);  L += w[t] * l(r(n, p));  p = n, cut
 *
 * Reads the initial snapshot only. Needs `residuum`, and a loss that takes one side.
 *
 * @example
 * ```ts
 * import { Residuum } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Residuum({ numRolloutSteps: 5, cutPrev: true }).numSnapshots, 1);
 * ```
 */
export class Residuum extends ChainConfiguration {
  /** How many snapshots of a trajectory it reads, the initial state included. */
  readonly numSnapshots = 1;
  /** Whether the residuum sees the earlier time level behind a stop-gradient. */
  readonly cutPrev: boolean;
  /** Whether the residuum sees the later time level behind a stop-gradient. */
  readonly cutNext: boolean;

  /**
   * Makes the configuration.
   *
   * @param options all optional
   * @throws {OptionsError} naming every fault
   */
  constructor(options: ResiduumOptions = {}) {
    super("Residuum", options, { schema: { cutPrev: z.optional(flag()), cutNext: z.optional(flag()) } });
    this.cutPrev = options.cutPrev ?? false;
    this.cutNext = options.cutNext ?? false;
  }

  /** Records the applications and losses of one window. */
  record(tape: Tape, parts: Parts): void {
    const { stepper } = parts;
    const residuum = this.need(parts, "residuum");
    let previous = tape.snapshot(0);
    for (let t = 0; t < this.numRolloutSteps; t++) {
      const next = tape.apply(stepper, previous);
      const seenNext = this.cutNext ? tape.stopGradient(next) : next;
      const seenPrevious = this.cutPrev ? tape.stopGradient(previous) : previous;
      tape.loss(
        this.timeLevelLoss,
        tape.apply(residuum, seenNext, seenPrevious),
        undefined,
        this.timeLevelWeights[t],
      );
      previous = this.cut(tape, next, t);
    }
  }
}
