/**
 * The stepper on its way.
 *
 * @module
 */
import type { NdArray, Tree } from "../../ndarray.ts";
import type { Stepper } from "../../graph/stepper.ts";
import { Callback, type CallbackContext } from "./callback.ts";

/**
 * The stepper with its present parameters (trainax: `GetNetwork`).
 *
 * @example
 * ```ts
 * import { callbacks } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new callbacks.GetNetwork({ every: 100 }).every, 100);
 * ```
 */
export class GetNetwork<P extends Tree<NdArray> = Tree<NdArray>> extends Callback<Stepper<P>> {
  /** The stepper. */
  protected evaluate({ state }: CallbackContext): Stepper<P> {
    return state.stepper as unknown as Stepper<P>;
  }
}
