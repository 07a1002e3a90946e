/**
 * Convolution over one to three axes.
 *
 * @module
 */
import * as z from "zod";
import { CONV } from "../../shaders/bundle.ts";
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { type Shape, showShape, sizeOf } from "../ndarray.ts";
import { checkOptions, word } from "../options.ts";
import { axesFaults, axesOf, padBefore, type PerAxis, perAxis } from "./conv_axes.ts";
import { blockConstants, blockedConv } from "./conv_block.ts";

/**
 * What stands beyond the ends of the axes.
 *
 * - `"periodic"`: the domain again
 * - `"dirichlet"` or `"zeros"`: zeros
 * - `"neumann"` or `"reflect"`: the domain mirrored at the end points, which are not repeated
 *
 * The first word of each is pdequinox's `boundary_mode`.
 */
export type Boundary = "periodic" | "dirichlet" | "neumann" | "zeros" | "reflect";

/** The numbers that `conv.wgsl` gives the boundaries. */
const BOUNDARIES: Readonly<Record<Boundary, number>> = {
  periodic: 0,
  dirichlet: 1,
  neumann: 2,
  zeros: 1,
  reflect: 2,
};

/** The schema of a boundary. */
export const boundaryWord = (): z.ZodMiniType<Boundary> =>
  word("periodic", "dirichlet", "neumann", "zeros", "reflect");

/** Options of {@linkcode conv}. */
export interface ConvOptions {
  /** What stands beyond the ends; default `"periodic"`. */
  readonly boundary?: Boundary;
  /** Every which position is computed, an integer >= 1 for all axes or a list with one for each; default 1. */
  readonly stride?: PerAxis;
  /** The distance of neighbouring taps, an integer >= 1 for all axes or a list with one for each; default 1. */
  readonly dilation?: PerAxis;
}

const OPTIONS = {
  boundary: z.optional(boundaryWord()),
  stride: z.optional(perAxis()),
  dilation: z.optional(perAxis()),
};

/** The names of the axes in `conv.wgsl`, slowest first. */
const AXES = ["Z", "Y", "X"];

/** The lengths of three axes, the missing ones 1. */
const threeAxes = (lengths: readonly number[]): number[] => [1, 1, 1, ...lengths].slice(-3);

/**
 * Cross-correlation over one to three axes: u [C_IN, ...N], w [C_OUT, C_IN, ...K] and the optional b [C_OUT] or
 * [C_OUT, 1, ...] give v [C_OUT, ...ceil(N / stride)], as pdequinox's `PhysicsConv`. On each axis
 * (K - 1) / 2 rounded down times the dilation stands before the domain, and the rest of (K - 1) times the dilation
 * behind it; position n of v reads from position n times stride on. With dilation 1 and stride 1 this is Equinox's
 * `padding="SAME"`. Math: `shaders/conv.wgsl`.
 *
 * Throws a {@linkcode ShapeError} when the axes or channels do not match, or the dilated kernel is longer than the
 * domain; an {@linkcode OptionsError} on a stride or dilation that is no integer >= 1 for each axis.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const layer = (u: Var, w: Var, b: Var): Var => ops.conv({ u, w, b }, { boundary: "dirichlet", dilation: 2 });
 * ```
 */
export const conv: Op<"u" | "w", "b", ConvOptions> = defineOp({
  name: "conv",
  inputs: ["u", "w"],
  optional: ["b"],
  wgsl: CONV,
  shape: ({ u, w, b }, options: ConvOptions) => {
    const dims = u.length - 1;
    requireAxes("u", u, dims >= 1 && dims <= 3, "[C_IN, ...N] with one to three axes N");
    const { stride, dilation } = options;
    checkOptions("apply conv", OPTIONS, options, axesFaults({ stride, dilation }, dims));
    requireAxes(
      "w",
      w,
      w.length === u.length + 1,
      `[C_OUT, C_IN, ...K] with as many axes K as u has axes N, ${dims}`,
    );
    const from = `(from w of shape ${showShape(w)})`;
    requireLength("channels of u", "C_IN", `${w[1]} ${from}`, w[1]!, u[0]!, u);
    requireKernelFits(u.slice(1), w.slice(2), axesOf(dilation ?? 1, dims));
    if (b) requireLength("length of b", "C_OUT", `${w[0]} ${from}`, w[0]!, sizeOf(b), b);
    const strides = axesOf(stride ?? 1, dims);
    return [w[0]!, ...u.slice(1).map((n, axis) => Math.ceil(n / strides[axis]!))];
  },
  constants: ({ u, w, v }, options) => {
    const { boundary = "periodic", stride = 1, dilation = 1 } = options;
    const dims = u.length - 1;
    const strides = threeAxes(axesOf(stride, dims));
    const dilations = threeAxes(axesOf(dilation, dims));
    const [n, out, k] = [threeAxes(u.slice(1)), threeAxes(v.slice(1)), threeAxes(w.slice(2))] as const;
    const ofAxes = AXES.map((axis, i) => ({
      [`N_${axis}`]: n[i]!,
      [`OUT_${axis}`]: out[i]!,
      [`K_${axis}`]: k[i]!,
      [`PAD_${axis}`]: padBefore(k[i]!, dilations[i]!),
      [`STRIDE_${axis}`]: strides[i]!,
      [`DILATION_${axis}`]: dilations[i]!,
    }));
    const number = BOUNDARIES[boundary];
    const IMAGES = number === BOUNDARIES.reflect ? 3 ** dims : 1;
    return Object.assign(
      { C_IN: w[1]!, C_OUT: w[0]!, BOUNDARY: number, IMAGES },
      blockConstants({ u, w }, options),
      ...ofAxes,
    );
  },
  summands: ({ v }) => {
    const positions = sizeOf(v.slice(1));
    return { adjointW: positions, adjointB: positions };
  },
  blocked: blockedConv,
});

function requireAxes(tensor: string, shape: Shape, holds: boolean, axes: string): void {
  if (holds) return;
  throw new ShapeError(
    `Cannot apply conv as ${tensor} must have the axes ${axes}: current shape of ${tensor} is ${
      showShape(shape)
    }`,
    { op: "conv", axis: tensor, expected: axes, actual: showShape(shape) },
  );
}

function requireLength(
  what: string,
  axis: string,
  must: string,
  expected: number,
  actual: number,
  shape: Shape,
): void {
  if (expected === actual) return;
  throw new ShapeError(
    `Cannot apply conv as the ${what} must be ${must}: current ${what} is ${actual} (shape ${
      showShape(shape)
    })`,
    { op: "conv", axis, expected, actual },
  );
}

function requireKernelFits(n: Shape, k: Shape, dilation: readonly number[]): void {
  const length = k.map((taps, axis) => (taps - 1) * dilation[axis]! + 1);
  const axis = length.findIndex((points, i) => points > n[i]!);
  if (axis < 0) return;
  const where = n.length > 1 ? ` on axis ${axis}` : "";
  const dilated = dilation[axis]! > 1 ? `, over ${length[axis]} points with dilation ${dilation[axis]}` : "";
  throw new ShapeError(
    `Cannot apply conv as the kernel must not be longer than the domain of u, N=${n[axis]}${where}: ` +
      `current K is ${k[axis]}${dilated}`,
    { op: "conv", axis: "K", expected: n[axis]!, actual: k[axis]! },
  );
}
