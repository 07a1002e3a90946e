/**
 * Dense layer.
 *
 * @module
 */
import { DENSE, DENSE_BLOCK } from "../../shaders/bundle.ts";
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { showShape } from "../ndarray.ts";

/** Numbers of v, and of uBar, that a call of the blocked form computes; and the weights from which on it is quicker. */
const [ROWS, COLUMNS, LEAST_WEIGHTS] = [8, 16, 256];

/**
 * Affine map of a vector: u [D_IN], w [D_OUT, D_IN], optional b [D_OUT] give v [D_OUT]. Math: `shaders/dense.wgsl`.
 *
 * Throws a {@linkcode ShapeError} when the shapes do not fit.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var, b: Var): Var => ops.tanh({ u: ops.dense({ u, w, b }) });
 * ```
 */
export const dense: Op<"u" | "w", "b"> = defineOp({
  name: "dense",
  inputs: ["u", "w"],
  optional: ["b"],
  wgsl: DENSE,
  shape: ({ u, w, b }) => {
    const [dOut, dIn] = w;
    if (w.length !== 2 || showShape(u) !== showShape([dIn!])) {
      throw new ShapeError(
        `Cannot apply dense as u must have the shape [D_IN] and w [D_OUT, D_IN]: ` +
          `current shapes are u ${showShape(u)} and w ${showShape(w)}`,
        { op: "dense", axis: "D_IN", expected: showShape(w), actual: showShape(u) },
      );
    }
    if (b && showShape(b) !== showShape([dOut!])) {
      throw new ShapeError(
        `Cannot apply dense as b must have the shape [${dOut}] (from w of shape ${showShape(w)}): ` +
          `current shape of b is ${showShape(b)}`,
        { op: "dense", axis: "D_OUT", expected: dOut!, actual: showShape(b) },
      );
    }
    return [dOut!];
  },
  constants: ({ w }) => ({ D_IN: w[1]!, D_OUT: w[0]! }),
  blocked: {
    wgsl: [DENSE_BLOCK],
    calls: ({ w }) => {
      const [dOut, dIn] = w as [number, number];
      if (dIn % 4 !== 0 || dIn * dOut < LEAST_WEIGHTS) return {};
      const rows = Math.ceil(dOut / ROWS);
      return { forward: rows, adjointU: Math.ceil(dIn / COLUMNS), adjointW: rows * dIn / 4 };
    },
  },
});
