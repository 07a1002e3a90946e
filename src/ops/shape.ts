/**
 * Ops that move elements.
 *
 * @module
 */
import * as z from "zod";
import { CONCAT, RESHAPE, ROLL, SLICE } from "../../shaders/bundle.ts";
import { type Fault, ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { type Shape, showShape, sizeOf } from "../ndarray.ts";
import { checkOptions, integer } from "../options.ts";

/** Options of {@linkcode roll}. */
export interface RollOptions {
  /** By how many positions elements move on, an integer; negative ones move them back. */
  readonly shift: number;
  /** The axis; negative ones count from the last. Default: -1, the last. */
  readonly axis?: number;
}

/** An integer of either sign. */
function anyInteger(error = "an integer"): z.ZodMiniType<number> {
  return z.number({ error }).check(z.refine(Number.isSafeInteger, { error }));
}

/**
 * Shifts along one axis, periodically: v[n] = u[n - shift] (`jnp.roll` of one axis). Math: `shaders/roll.wgsl`.
 *
 * @example A difference to the left neighbour
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const upwind = (u: Var): Var => ops.sub({ a: u, b: ops.roll({ u }, { shift: 1 }) });
 * ```
 */
export const roll: Op<"u", never, RollOptions> = defineOp({
  name: "roll",
  inputs: ["u"],
  wgsl: ROLL,
  shape: ({ u }, options: RollOptions) => {
    const { axis = -1 } = options;
    const error = `an integer in [-${u.length}, ${u.length}) for u of shape ${showShape(u)}`;
    const outside: Fault[] = Number.isSafeInteger(axis) && u.at(axis) === undefined || axis < -u.length
      ? [{ path: "axis", rule: error, value: axis }]
      : [];
    checkOptions(
      "apply roll",
      { shift: anyInteger(), axis: z.optional(anyInteger(error)) },
      options,
      outside,
    );
    return u;
  },
  constants: ({ u }, { shift, axis = -1 }) => {
    const at = axis < 0 ? axis + u.length : axis;
    const n = u[at]!;
    return { N: n, INNER: sizeOf(u.slice(at + 1)), SHIFT: ((shift % n) + n) % n };
  },
});

/** Options of {@linkcode reshape}. */
export interface ReshapeOptions {
  /** The new shape; its product is the number of elements. */
  readonly shape: Shape;
}

/**
 * The same elements under another shape (`jnp.reshape`). Math: `shaders/reshape.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const flat = (u: Var): Var => ops.reshape({ u }, { shape: [u.shape.reduce((a, b) => a * b, 1)] });
 * ```
 */
export const reshape: Op<"u", never, ReshapeOptions> = defineOp({
  name: "reshape",
  inputs: ["u"],
  wgsl: RESHAPE,
  shape: ({ u }, options: ReshapeOptions) => {
    const error = "a list of integers >= 1";
    checkOptions("apply reshape", { shape: z.array(integer(1), { error }) }, options);
    const [before, after] = [sizeOf(u), sizeOf(options.shape)];
    if (before !== after) {
      throw new ShapeError(
        `Cannot apply reshape as the product of shape must be ${before} (from u of shape ${showShape(u)}): ` +
          `current shape is ${showShape(options.shape)}`,
        { op: "reshape", axis: "size", expected: before, actual: after },
      );
    }
    return options.shape;
  },
});

/**
 * The channels of a, then those of b, along the first axis (`jnp.concatenate`). More by nesting. Math:
 * `shaders/concat.wgsl`.
 *
 * Throws a {@linkcode ShapeError} when the axes behind the first differ.
 *
 * @example A skip connection
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const skip = (u: Var, w: Var): Var => ops.concat({ a: u, b: ops.conv({ u, w }) });
 * ```
 */
export const concat: Op<"a" | "b"> = defineOp({
  name: "concat",
  inputs: ["a", "b"],
  wgsl: CONCAT,
  shape: ({ a, b }) => {
    const [[cA, ...restA], [cB, ...restB]] = [a, b];
    if (cA === undefined || cB === undefined || showShape(restA) !== showShape(restB)) {
      throw new ShapeError(
        `Cannot apply concat as a and b must have equal axes behind the channels: ` +
          `current shapes are a ${showShape(a)} and b ${showShape(b)}`,
        { op: "concat", axis: "b", expected: showShape(restA), actual: showShape(restB) },
      );
    }
    return [cA + cB, ...restA];
  },
  constants: ({ a }) => ({ SIZE_A: sizeOf(a) }),
});

/** Options of {@linkcode slice}. */
export interface SliceOptions {
  /** The first channel taken, an integer >= 0; default 0. */
  readonly start?: number;
  /** The channel before which to end; default the number of channels. */
  readonly end?: number;
}

/**
 * The channels from `start` to before `end`, along the first axis. Math: `shaders/slice.wgsl`.
 *
 * @example The first of several channels
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const first = (u: Var): Var => ops.slice({ u }, { end: 1 });
 * ```
 */
export const slice: Op<"u", never, SliceOptions> = defineOp({
  name: "slice",
  inputs: ["u"],
  wgsl: SLICE,
  shape: ({ u }, options: SliceOptions) => {
    const [channels = 0, ...rest] = u;
    const { start = 0, end = channels } = options;
    const rule = `an integer in (${start}, ${channels}] for u of shape ${showShape(u)}`;
    const faults: Fault[] = end <= start || end > channels ? [{ path: "end", rule, value: end }] : [];
    const schema = { start: z.optional(integer(0)), end: z.optional(integer(0)) };
    checkOptions("apply slice", schema, options, faults);
    return [end - start, ...rest];
  },
  constants: ({ u, v }, { start = 0 }) => ({ START: start * sizeOf(u.slice(1)), SIZE: sizeOf(v) }),
});
