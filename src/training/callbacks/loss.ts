/**
 * The loss of a configuration, on the batch or on other data.
 *
 * @module
 */
import type { NdArray, Tree } from "../../ndarray.ts";
import type { ObjectiveValue } from "../../run/evaluation.ts";
import { Callback, type CallbackContext } from "./callback.ts";
import { type ConfigurationCallbackOptions, objectiveOf } from "./evaluated.ts";

/** Options of {@linkcode Loss}. */
export interface LossCallbackOptions extends ConfigurationCallbackOptions {
  /** Whether the gradient is wanted, too; default false. */
  readonly withGrad?: boolean;
}

/** What {@linkcode Loss} finds. */
export interface LossFound extends ObjectiveValue {
  /** The gradient, with `withGrad`. */
  readonly grad?: Tree<NdArray>;
}

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
export class Loss extends Callback<LossFound> {
  readonly #options: LossCallbackOptions;

  /**
   * Checks the options.
   *
   * @param options `every`, the configuration, data, `withGrad`
   * @throws {OptionsError} when `every` is no integer >= 1
   */
  constructor(options: LossCallbackOptions) {
    super(options);
    this.#options = options;
  }

  /** The loss. */
  protected async evaluate(context: CallbackContext): Promise<LossFound> {
    using objective = objectiveOf(context, this.#options);
    return await (this.#options.withGrad ? objective.valueAndGrad() : objective.evaluate());
  }
}
