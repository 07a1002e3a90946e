/**
 * Norms of weights and gradients.
 *
 * @module
 */
import { isNdArray, leavesOf, type NdArray, type Tree } from "../../ndarray.ts";
import { Callback, type CallbackContext, type CallbackOptions } from "./callback.ts";
import { type ConfigurationCallbackOptions, objectiveOf } from "./evaluated.ts";

/** Options of {@linkcode WeightNorm}. */
export interface WeightNormOptions extends CallbackOptions {
  /** Whether the square of the norm is wanted; default false. */
  readonly squared?: boolean;
}

/** Options of {@linkcode GradNorm}. */
export interface GradNormOptions extends ConfigurationCallbackOptions {
  /** Whether the square of the norm is wanted; default false. */
  readonly squared?: boolean;
}

/** The Euclidean norm over all leaves, summed in float64. */
function normOf(tree: Tree<NdArray>, squared: boolean): number {
  let sum = 0;
  for (const { value } of leavesOf(tree, isNdArray)) {
    for (const x of value.data) sum += x * x;
  }
  return squared ? sum : Math.sqrt(sum);
}

/**
 * The Euclidean norm of all parameters (trainax: `WeightNorm`).
 *
 * @example
 * ```ts
 * import { callbacks } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new callbacks.WeightNorm({ every: 100 }).history, []);
 * ```
 */
export class WeightNorm extends Callback<number> {
  readonly #squared: boolean;

  /**
   * Checks the options.
   *
   * @param options `every`, `squared`
   * @throws {OptionsError} when `every` is no integer >= 1
   */
  constructor(options: WeightNormOptions) {
    super(options);
    this.#squared = options.squared ?? false;
  }

  /** The norm of the parameters. */
  protected evaluate({ state }: CallbackContext): number {
    return normOf(state.stepper.parameters, this.#squared);
  }
}

/**
 * The Euclidean norm of the gradient of a configuration, on the coming update's batch or on other data
 * (trainax: `GradNorm`).
 *
 * @example
 * ```ts
 * import { callbacks, Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const norm = new callbacks.GradNorm({ every: 100, configuration: new Supervised() });
 * assertEquals(norm.every, 100);
 * ```
 */
export class GradNorm extends Callback<number> {
  readonly #options: GradNormOptions;

  /**
   * Checks the options.
   *
   * @param options `every`, the configuration, `squared`
   * @throws {OptionsError} when `every` is no integer >= 1
   */
  constructor(options: GradNormOptions) {
    super(options);
    this.#options = options;
  }

  /** The norm of the gradient. */
  protected async evaluate(context: CallbackContext): Promise<number> {
    using objective = objectiveOf(context, this.#options);
    const { grad } = await objective.valueAndGrad();
    return normOf(grad, this.#options.squared ?? false);
  }
}
