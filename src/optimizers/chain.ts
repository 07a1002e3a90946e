/**
 * Chains of transforms and optimizers.
 *
 * @module
 */
import { type Fault, OptionsError } from "../errors.ts";
import type { Optimizer, Transform } from "./optimizer.ts";

const isOptimizer = (x: unknown): x is Optimizer => Array.isArray((x as Optimizer | null)?.transforms);
const isTransform = (x: unknown): x is Transform => typeof (x as Transform | null)?.wgsl === "string";

/**
 * Transforms and optimizers one after the other, as one optimizer (optax: `chain`). What leaves the last is added to
 * the parameters, so that the last is an optimizer or {@linkcode scaleByLearningRate}. However long, a chain is one
 * kernel over all parameters; each norm over all of them adds one, and one more where it is not the norm of the
 * gradient.
 *
 * @param parts at least one
 * @throws {OptionsError} naming every part that is none
 *
 * @example
 * ```ts
 * import { adamw, chain, clipByGlobalNorm } from "@unroll/unroll";
 *
 * const optimizer = chain(clipByGlobalNorm(1), adamw(1e-3));
 * ```
 */
export function chain(...parts: readonly (Transform | Optimizer)[]): Optimizer {
  const faults = parts.flatMap((value, i): Fault[] =>
    isOptimizer(value) || isTransform(value)
      ? []
      : [{ path: `parts.${i}`, rule: "a transform or an optimizer", value }]
  );
  if (parts.length === 0) faults.push({ path: "parts.length", rule: ">= 1", value: 0 });
  if (faults.length > 0) throw new OptionsError("create chain", faults);
  return {
    name: `chain(${parts.map((part) => isOptimizer(part) ? part.name : part.description).join(", ")})`,
    transforms: parts.flatMap((part) => isOptimizer(part) ? part.transforms : [part]),
  };
}
