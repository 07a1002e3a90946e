/**
 * Gradient clipping.
 *
 * @module
 */
import { OPTIMIZERS_CLIP_BY_GLOBAL_NORM } from "../../shaders/bundle.ts";
import { checkOptions, positive } from "../options.ts";
import type { Transform } from "./optimizer.ts";
import { describe } from "./schedule.ts";

/**
 * Scales what it is given so that its norm over all trained parameters is at most `maxNorm` (Pascanu et al., "On the
 * difficulty of training recurrent neural networks", 2013; optax: `clip_by_global_norm`). The norm is that of what
 * enters the transform, wherever it stands in a chain; it is added up in a fixed order, with the same bits every run.
 *
 * @param maxNorm the largest norm, finite and > 0
 * @throws {OptionsError} when it is not
 *
 * @example
 * ```ts
 * import { adam, chain, clipByGlobalNorm } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = chain(clipByGlobalNorm(1), adam(1e-3));
 * assertEquals(optimizer.transforms[0]!.description, "clipByGlobalNorm(1)");
 * ```
 */
export function clipByGlobalNorm(maxNorm: number): Transform {
  checkOptions("create clipByGlobalNorm", { maxNorm: positive() }, { maxNorm });
  return {
    name: "clip_by_global_norm",
    description: describe("clipByGlobalNorm", {}, String(maxNorm)),
    wgsl: OPTIMIZERS_CLIP_BY_GLOBAL_NORM,
    constants: { MAX_NORM: maxNorm },
    moments: [],
    scalars: {},
  };
}
