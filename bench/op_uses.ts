/**
 * Uses of every op and loss, for the bench of kernels.
 *
 * @module
 */
import { lp, mae, mse, normalizedMae, normalizedMse, rmse } from "../src/losses/mod.ts";
import type { Var } from "../src/graph/var.ts";
import * as ops from "../src/ops/mod.ts";
import type { Use } from "../tests/ops/use.ts";

/** A use and, where they say something, the multiplications and additions of its kernels for one sample. */
export interface MeasuredUse {
  readonly use: Use;
  readonly operations: Readonly<Record<string, number>>;
  /** The floats that a kernel moves for one sample, where they are not about those of all inputs and the result. */
  readonly floats?: Readonly<Record<string, number>>;
}

const state = (...shape: number[]) => ({ role: "state", shape }) as const;
const parameter = (...shape: number[]) => ({ role: "parameter", shape }) as const;
/** The field that element by element ops work on. */
export const FIELD: readonly number[] = [32, 128];
const CELLS = 32 * 128;

function convUse(
  cIn: number,
  cOut: number,
  n: readonly number[],
  k: readonly number[],
  stride = 1,
): MeasuredUse {
  const positions = n.reduce((a, b) => a * Math.ceil(b / stride), 1);
  const operations = 2 * cIn * cOut * positions * k.reduce((a, b) => a * b, 1);
  return {
    use: {
      name: `conv ${cIn}->${cOut}, N=[${n}], K=[${k}], periodic${stride > 1 ? `, stride ${stride}` : ""}`,
      inputs: { u: state(cIn, ...n), w: parameter(cOut, cIn, ...k), b: parameter(cOut) },
      call: ({ u, w, b }) => ops.conv({ u: u!, w: w!, b: b! }, { stride }),
    },
    operations: {
      forward: operations,
      adjointU: operations,
      adjointW: operations,
      adjointB: cOut * positions,
    },
    floats: { adjointB: cOut * positions },
  };
}

function denseUse(size: number): MeasuredUse {
  const operations = 2 * size * size;
  return {
    use: {
      name: `dense ${size}->${size}`,
      inputs: { u: state(size), w: parameter(size, size), b: parameter(size) },
      call: ({ u, w, b }) => ops.dense({ u: u!, w: w!, b: b! }),
    },
    operations: { forward: operations, adjointU: operations, adjointW: operations, adjointB: size },
    floats: { adjointB: size },
  };
}

/** Ops of one field. */
const UNARY: Readonly<Record<string, (u: Var) => Var>> = {
  relu: (u) => ops.relu({ u }),
  leakyRelu: (u) => ops.leakyRelu({ u }),
  tanh: (u) => ops.tanh({ u }),
  sigmoid: (u) => ops.sigmoid({ u }),
  silu: (u) => ops.silu({ u }),
  gelu: (u) => ops.gelu({ u }),
  softplus: (u) => ops.softplus({ u }),
  identity: (u) => ops.identity({ u }),
  abs: (u) => ops.abs({ u }),
  square: (u) => ops.square({ u }),
  sqrt: (u) => ops.sqrt({ u }),
  pow: (u) => ops.pow({ u }, { exponent: 3 }),
  scale: (u) => ops.scale({ u }, { factor: 0.5 }),
  roll: (u) => ops.roll({ u }, { shift: 1, axis: 1 }),
  reshape: (u) => ops.reshape({ u }, { shape: [64, 64] }),
  slice: (u) => ops.slice({ u }, { start: 8, end: 24 }),
  groupNorm: (u) => ops.groupNorm({ u }), // mean, variance, normalize
};

/** Ops of two fields. */
const BINARY: Readonly<Record<string, (a: Var, b: Var) => Var>> = {
  add: (a, b) => ops.add({ a, b }),
  sub: (a, b) => ops.sub({ a, b }),
  mul: (a, b) => ops.mul({ a, b }),
  div: (a, b) => ops.div({ a, b }),
  concat: (a, b) => ops.concat({ a, b }),
};

const LOSSES = { mse, mae, rmse, normalizedMse, normalizedMae, lp: () => lp({ p: 2.5 }) };

/** What is measured. */
export const USES: readonly MeasuredUse[] = [
  convUse(32, 32, [128], [3]),
  convUse(16, 16, [64, 64], [3, 3]),
  convUse(8, 8, [16, 16, 16], [3, 3, 3]),
  convUse(32, 32, [128], [3], 2),
  convUse(1, 1, [128], [3]),
  denseUse(64),
  ...Object.entries(UNARY).map(([name, op]): MeasuredUse => ({
    use: { name, inputs: { u: state(...FIELD) }, call: ({ u }) => op(u!) },
    operations: {},
  })),
  ...Object.entries(BINARY).map(([name, op]): MeasuredUse => ({
    use: { name, inputs: { a: state(...FIELD), b: state(...FIELD) }, call: ({ a, b }) => op(a!, b!) },
    operations: {},
  })),
  ...Object.entries(LOSSES).map(([name, loss]): MeasuredUse => ({
    use: {
      name: `${name} of ${CELLS} cells`,
      inputs: { p: state(...FIELD), r: state(...FIELD) },
      call: ({ p, r }) => loss().forward(p!, r!),
      reduction: "mean",
    },
    operations: {},
  })),
];
