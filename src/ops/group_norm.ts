/**
 * Group norm with one group, and the reductions that it is made of.
 *
 * @module
 */
import * as z from "zod";
import { MEAN, NORMALIZE, VARIANCE } from "../../shaders/bundle.ts";
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import type { Var } from "../graph/var.ts";
import { type Shape, showShape, sizeOf } from "../ndarray.ts";
import { checkOptions, nonNegative } from "../options.ts";

/**
 * The mean over all elements of a sample, of shape [1]. Math: `shaders/mean.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const meanSquare = (u: Var): Var => ops.mean({ u: ops.square({ u }) });
 * ```
 */
export const mean: Op<"u"> = defineOp({
  name: "mean",
  inputs: ["u"],
  wgsl: MEAN,
  shape: () => [1],
  constants: ({ u }) => ({ SIZE: sizeOf(u) }),
  summands: ({ u }) => ({ forward: sizeOf(u) }),
});

/**
 * The mean of squares of the distances to a mean that is given, over all elements of a sample, of shape [1]. With
 * the {@linkcode mean} of u, its variance (`jnp.var`); no digits are lost where the mean is large. Math:
 * `shaders/variance.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const spread = (u: Var): Var => ops.sqrt({ u: ops.variance({ u, mean: ops.mean({ u }) }) });
 * ```
 */
export const variance: Op<"u" | "mean"> = defineOp({
  name: "variance",
  inputs: ["u", "mean"],
  wgsl: VARIANCE,
  shape: ({ mean }) => {
    requireShape("variance", "mean", [1], mean);
    return [1];
  },
  constants: ({ u }) => ({ SIZE: sizeOf(u) }),
  summands: ({ u }) => ({ forward: sizeOf(u), adjointMean: sizeOf(u) }),
});

/** Options of {@linkcode groupNorm}. */
export interface GroupNormOptions {
  /** What is added to the variance, a finite number >= 0; default 1e-5. */
  readonly eps?: number;
}

/** The last op of {@linkcode groupNorm}: v = w (u - mean) / sqrt(variance + eps) + b. Math: `shaders/normalize.wgsl`. */
export const normalize: Op<"u" | "mean" | "variance", "w" | "b", GroupNormOptions> = defineOp({
  name: "normalize",
  inputs: ["u", "mean", "variance"],
  optional: ["w", "b"],
  wgsl: NORMALIZE,
  shape: ({ u, mean, variance, w, b }, options: GroupNormOptions) => {
    checkOptions("apply groupNorm", { eps: z.optional(nonNegative()) }, options);
    if (u.length === 0) requireShape("groupNorm", "u", ["C", "...N"], u);
    requireShape("groupNorm", "mean", [1], mean);
    requireShape("groupNorm", "variance", [1], variance);
    if (w) requireShape("groupNorm", "w", [u[0]!], w, u);
    if (b) requireShape("groupNorm", "b", [u[0]!], b, u);
    return u;
  },
  constants: ({ u, w }, { eps = 1e-5 }) => ({
    N: sizeOf(u.slice(1)),
    EPS: Math.fround(eps),
    HAS_W: w ? 1 : 0,
  }),
  summands: ({ u }) => ({
    adjointMean: sizeOf(u),
    adjointVariance: sizeOf(u),
    adjointW: sizeOf(u.slice(1)),
    adjointB: sizeOf(u.slice(1)),
  }),
});

/** What {@linkcode groupNorm} takes. */
export interface GroupNormInputs {
  /** The state, [C, ...N]. */
  readonly u: Var;
  /** A factor for each channel, [C]; left out, 1. */
  readonly w?: Var | undefined;
  /** An offset for each channel, [C]; left out, 0. */
  readonly b?: Var | undefined;
}

/**
 * Group norm with one group (Equinox: `GroupNorm(groups=1)`): all elements of a sample are shifted and scaled to mean
 * 0 and variance 1, then each channel by its own factor and offset,
 *
 *     v[c,n] = w[c] (u[c,n] - mean(u)) / sqrt(variance(u) + eps) + b[c].
 *
 * Three ops: the mean, the variance by a second pass over u, and the rest.
 *
 * @param inputs u, and w and b where there are some
 * @param options `eps`
 * @throws {ShapeError} when w or b is not as long as u has channels
 * @throws {OptionsError} when eps is not a finite number >= 0
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const block = (u: Var, w: Var, b: Var): Var => ops.relu({ u: ops.groupNorm({ u, w, b }) });
 * ```
 */
export function groupNorm({ u, w, b }: GroupNormInputs, options: GroupNormOptions = {}): Var {
  const center = mean({ u });
  return normalize({ u, mean: center, variance: variance({ u, mean: center }), w, b }, options);
}

function requireShape(
  op: string,
  tensor: string,
  expected: readonly (number | string)[],
  actual: Shape,
  from?: Shape,
): void {
  const must = `[${expected.join(", ")}]`;
  if (showShape(actual) === must) return;
  throw new ShapeError(
    `Cannot apply ${op} as ${tensor} must have the shape ${must}${
      from ? ` (from u of shape ${showShape(from)})` : ""
    }: current shape of ${tensor} is ${showShape(actual)}`,
    { op, axis: tensor, expected: must, actual: showShape(actual) },
  );
}
