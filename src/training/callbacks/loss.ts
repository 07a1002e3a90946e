/**
 * The loss of a configuration, on the batch or on other data.
 *
 * @module
 */
import type { ObjectiveValue } from "../../run/evaluation.ts";
import { Callback, type CallbackContext } from "./callback.ts";
import { type ConfigurationCallbackOptions, objectiveOf } from "./evaluated.ts";

/**
 * The loss of a configuration on the coming update's batch, or on other data (trainax: `Loss`).
 *
 * @example
 * ```ts
 * import { callbacks, random, sampleData, Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const validation = sampleData.advection1dPeriodic({ numSamples: 5, key: random.key(7) });
 * const configuration = new Supervised({ numRolloutSteps: 50 });
 * const loss = new callbacks.Loss({ every: 100, configuration, data: validation });
 * assertEquals(loss.history, []);
 * ```
 */
export class Loss extends Callback<ObjectiveValue> {
  readonly #options: ConfigurationCallbackOptions;

  /**
   * Checks the options.
   *
   * @param options `every`, the configuration, data
   * @throws {OptionsError} when `every` is no integer >= 1
   */
  constructor(options: ConfigurationCallbackOptions) {
    super(options);
    this.#options = options;
  }

  /** The loss. */
  protected async evaluate(context: CallbackContext): Promise<ObjectiveValue> {
    using objective = objectiveOf(context, this.#options);
    return await objective.evaluate();
  }
}
