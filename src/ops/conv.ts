/**
 * Convolution over one axis.
 *
 * @module
 */
import * as z from "zod";
import { CONV } from "../../shaders/bundle.ts";
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { type Shape, showShape, sizeOf } from "../ndarray.ts";
import { checkOptions, word } from "../options.ts";

/** What stands beyond the ends of the axis. `"reflect"` mirrors at the end points, which are not repeated. */
export type Boundary = "periodic" | "zeros" | "reflect";

/** The boundaries, by the number that `conv.wgsl` gives them. */
const BOUNDARIES = ["periodic", "zeros", "reflect"] as const;

/** Options of {@linkcode conv}. */
export interface ConvOptions {
  /** What stands beyond the ends; default `"periodic"`. */
  readonly boundary?: Boundary;
}

/**
 * Cross-correlation over one axis, as many positions out as in: u [C_IN, N], w [C_OUT, C_IN, K], optional b [C_OUT]
 * give v [C_OUT, N]. Pads (K - 1) / 2 rounded down on the left and the rest on the right, as Equinox's `SAME` does.
 * Math: `shaders/conv.wgsl`.
 *
 * Throws a {@linkcode ShapeError} when channels do not match, or the kernel is longer than the domain.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var, b: Var): Var => ops.conv({ u, w, b }, { boundary: "zeros" });
 * ```
 */
export const conv: Op<"u" | "w", "b", ConvOptions> = defineOp({
  name: "conv",
  inputs: ["u", "w"],
  optional: ["b"],
  wgsl: CONV,
  shape: ({ u, w, b }, options: ConvOptions) => {
    checkOptions("apply conv", { boundary: z.optional(word(...BOUNDARIES)) }, options);
    requireRank("u", u, 2, "[C_IN, N]");
    requireRank("w", w, 3, "[C_OUT, C_IN, K]");
    const [cIn, n] = u as [number, number];
    const [cOut, wIn, k] = w as [number, number, number];
    requireAxis("channels of u", "C_IN", `${wIn} (from w of shape ${showShape(w)})`, wIn, cIn, u);
    if (k > n) {
      throw new ShapeError(
        `Cannot apply conv as the kernel must not be longer than the domain of u, N=${n}: current K is ${k}`,
        { op: "conv", axis: "K", expected: n, actual: k },
      );
    }
    if (b) {
      requireAxis("length of b", "C_OUT", `${cOut} (from w of shape ${showShape(w)})`, cOut, sizeOf(b), b);
    }
    return [cOut, n];
  },
  constants: ({ u, w }, { boundary = "periodic" }) => ({
    C_IN: w[1]!,
    C_OUT: w[0]!,
    N: u[1]!,
    K: w[2]!,
    PAD: Math.floor((w[2]! - 1) / 2),
    BOUNDARY: BOUNDARIES.indexOf(boundary),
  }),
  summands: ({ v }) => ({ adjointW: v[1]!, adjointB: v[1]! }),
});

function requireRank(tensor: string, shape: Shape, rank: number, axes: string): void {
  if (shape.length === rank) return;
  throw new ShapeError(
    `Cannot apply conv as ${tensor} must have the axes ${axes}: current shape of ${tensor} is ${
      showShape(shape)
    }`,
    { op: "conv", axis: tensor, expected: axes, actual: showShape(shape) },
  );
}

function requireAxis(
  what: string,
  axis: string,
  must: string,
  expected: number,
  actual: number | undefined,
  shape: Shape,
): void {
  if (expected === actual) return;
  throw new ShapeError(
    `Cannot apply conv as the ${what} must be ${must}: current ${what} is ${actual} (shape ${
      showShape(shape)
    })`,
    { op: "conv", axis, expected, actual: actual ?? "none" },
  );
}
