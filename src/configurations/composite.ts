/**
 * Weighted sums of configurations.
 *
 * @module
 */
import * as z from "zod";
import { checkOptions, instance, lengthFault, numbers } from "../options.ts";
import { Configuration, type Parts } from "../tape/configuration.ts";
import type { Tape } from "../tape/tape.ts";

/**
 * A weighted sum of configurations (trainax: `Composite`). Applications that they have in common are done once.
 *
 * @example
 * ```ts
 * import { Composite, Residuum, Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const configuration = new Composite([new Supervised({ numRolloutSteps: 3 }), new Residuum()], [1, 0.1]);
 * assertEquals(configuration.numSnapshots, 4);
 * ```
 */
export class Composite extends Configuration {
  /** The name, as it stands in messages. */
  readonly name = "Composite";
  /** How many snapshots of a trajectory it reads, the initial state included. */
  readonly numSnapshots: number;
  /** The configurations. */
  readonly configurations: readonly Configuration[];
  /** The factor of each. */
  readonly weights: readonly number[];

  /**
   * Makes the configuration.
   *
   * @param configurations at least one
   * @param weights a finite factor for each
   * @throws {OptionsError} when there is no configuration, or another number of weights
   */
  constructor(configurations: readonly Configuration[], weights: readonly number[]) {
    super();
    checkOptions(
      "create Composite",
      {
        configurations: z.array(instance(Configuration, "Configuration"), {
          error: "a list of configurations",
        }),
        weights: numbers(),
      },
      { configurations, weights },
      [
        ...(configurations?.length === 0 ? [{ path: "configurations.length", rule: ">= 1", value: 0 }] : []),
        ...lengthFault("weights", weights, configurations?.length),
      ],
    );
    this.configurations = [...configurations];
    this.weights = [...weights];
    this.numSnapshots = Math.max(...configurations.map((c) => c.numSnapshots));
  }

  /** Records the applications and losses of one window. */
  record(tape: Tape, parts: Parts): void {
    this.configurations.forEach((configuration, i) => {
      const factor = this.weights[i]!;
      configuration.record({
        snapshot: (t) => tape.snapshot(t),
        apply: (f, ...states) => tape.apply(f, ...states),
        stopGradient: (state) => tape.stopGradient(state),
        loss: (loss, prediction, target, weight = 1) => tape.loss(loss, prediction, target, factor * weight),
      }, parts);
    });
  }
}
