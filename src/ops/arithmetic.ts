/**
 * Arithmetic, element by element.
 *
 * @module
 */
import * as z from "zod";
import { ABS, ADD, DIV, MUL, POW, SCALE, SQRT, SQUARE, SUB } from "../../shaders/bundle.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import { checkOptions } from "../options.ts";

/** An op of two inputs of equal shapes. */
function binary(name: string, wgsl: string): Op<"a" | "b"> {
  return defineOp({
    name,
    inputs: ["a", "b"],
    wgsl,
    shape: ({ a, b }) => {
      requireSameShape(name, { a, b });
      return a;
    },
  });
}

/** An op of one input. */
function unary(name: string, wgsl: string): Op<"u"> {
  return defineOp({ name, inputs: ["u"], wgsl, shape: ({ u }) => u });
}

/** A number that float32 has. */
function float32(): z.ZodMiniType<number> {
  const isFinite = z.refine<number>((x) => Number.isFinite(Math.fround(x)), {
    error: "a number that is finite in float32",
  });
  return z.number({ error: "a finite number" }).check(isFinite);
}

/**
 * v = a + b, of equal shapes. Math: `shaders/add.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const residual = (u: Var, w: Var): Var => ops.add({ a: u, b: ops.conv({ u, w }) });
 * ```
 */
export const add: Op<"a" | "b"> = binary("add", ADD);

/**
 * v = a - b, of equal shapes. Math: `shaders/sub.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const gradient = (u: Var): Var => ops.sub({ a: ops.roll({ u }, { shift: -1 }), b: u });
 * ```
 */
export const sub: Op<"a" | "b"> = binary("sub", SUB);

/**
 * v = a b, of equal shapes. Math: `shaders/mul.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const gated = (u: Var, w: Var): Var => ops.mul({ a: u, b: ops.sigmoid({ u: ops.conv({ u, w }) }) });
 * ```
 */
export const mul: Op<"a" | "b"> = binary("mul", MUL);

/**
 * v = a / b, of equal shapes. Math: `shaders/div.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const relative = (error: Var, size: Var): Var =>
 *   ops.div({ a: ops.mean({ u: ops.square({ u: error }) }), b: ops.mean({ u: ops.square({ u: size }) }) });
 * ```
 */
export const div: Op<"a" | "b"> = binary("div", DIV);

/** Options of {@linkcode scale}. */
export interface ScaleOptions {
  /** The factor, a number that is finite in float32, to which it is rounded. */
  readonly factor: number;
}

/**
 * v = factor * u. Math: `shaders/scale.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const half = (u: Var): Var => ops.scale({ u }, { factor: 0.5 });
 * ```
 */
export const scale: Op<"u", never, ScaleOptions> = defineOp({
  name: "scale",
  inputs: ["u"],
  wgsl: SCALE,
  shape: ({ u }, options: ScaleOptions) => {
    checkOptions("apply scale", { factor: float32() }, options);
    return u;
  },
  constants: (_, { factor }) => ({ FACTOR: Math.fround(factor) }),
});

/**
 * v = u^2. Math: `shaders/square.wgsl`.
 *
 * @example The flux of Burgers' equation
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const flux = (u: Var): Var => ops.scale({ u: ops.square({ u }) }, { factor: 0.5 });
 * ```
 */
export const square: Op<"u"> = unary("square", SQUARE);

/**
 * v = u^(1/2). As in JAX the slope at 0 is infinite, and below 0 the result is NaN. Math: `shaders/sqrt.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const rootMeanSquare = (u: Var): Var => ops.sqrt({ u: ops.mean({ u: ops.square({ u }) }) });
 * ```
 */
export const sqrt: Op<"u"> = unary("sqrt", SQRT);

/**
 * v = |u|; the slope at 0 is 0. Math: `shaders/abs.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const meanAbsoluteError = (a: Var, b: Var): Var => ops.mean({ u: ops.abs({ u: ops.sub({ a, b }) }) });
 * ```
 */
export const abs: Op<"u"> = unary("abs", ABS);

/** Options of {@linkcode pow}. */
export interface PowOptions {
  /** The exponent, a number that is finite in float32, to which it is rounded. */
  readonly exponent: number;
}

/** Exponents of larger magnitude are not counted down bit by bit. */
const MAX_INTEGER = 2 ** 31;

/**
 * v = u^exponent. An integer exponent takes any u; with another one the power of a negative u is NaN, as in JAX. Math:
 * `shaders/pow.wgsl`.
 *
 * @example
 * ```ts
 * import { ops, type Var } from "@unroll/unroll";
 *
 * const cubic = (u: Var): Var => ops.pow({ u }, { exponent: 3 });
 * ```
 */
export const pow: Op<"u", never, PowOptions> = defineOp({
  name: "pow",
  inputs: ["u"],
  wgsl: POW,
  shape: ({ u }, options: PowOptions) => {
    checkOptions("apply pow", { exponent: float32() }, options);
    return u;
  },
  constants: (_, { exponent }) => {
    const rounded = Math.fround(exponent);
    const isInteger = Number.isInteger(rounded) && Math.abs(rounded) < MAX_INTEGER;
    return { EXPONENT: rounded, IS_INTEGER: isInteger ? 1 : 0 };
  },
});
