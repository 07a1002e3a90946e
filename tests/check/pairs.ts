/**
 * An op to be checked, right or with a fault, and its twins.
 *
 * @module
 */
import type { CheckAdjointOptions } from "../../src/check/mod.ts";
import { defineOp } from "../../src/graph/op.ts";
import { NdArray, sizeOf } from "../../src/ndarray.ts";
import { numbers } from "../ops/use.ts";

/** Numbers in [-1, 1). */
export function array(...shape: number[]): NdArray {
  const random = numbers(sizeOf(shape));
  return new NdArray(Array.from({ length: sizeOf(shape) }, random), shape);
}

/** Numbers in [0.25, 2.25). */
export const positive = (x: NdArray): NdArray => new NdArray(x.data.map((y) => 1.25 + y), x.shape);

/** The text of `pairs`. */
export const SMOOTH = `
  import super::io::{N, u, w, setV, vBar, setUBar, setWBar};
  fn forward(i: u32) { setV(i, w(i % N) * u(i) * u((i + 1u) % N)); }
  fn adjointU(i: u32) {
    let left = (i + N - 1u) % N;
    setUBar(i, vBar(i) * w(i) * u((i + 1u) % N) + vBar(left) * w(left) * u(left));
  }
  fn adjointW(i: u32) { setWBar(i, vBar(i) * u(i) * u((i + 1u) % N)); }
`;

/** v[n] = w[n] u[n] u[n + 1], of some text. */
export const pairs = (wgsl: string) =>
  defineOp({
    name: "pairs",
    inputs: ["u", "w"],
    wgsl,
    shape: ({ u }) => u,
    constants: ({ u }) => ({ N: u[0]! }),
  });

/** The twin of `pairs`, without a tangent. */
export const pairsTwin = {
  forward: ({ u, w }: Record<string, Float64Array>) =>
    u!.map((x, i) => w![i]! * x * u![(i + 1) % u!.length]!),
};

/** Inputs of `pairs`. */
export const PAIRS = { u: array(7), w: positive(array(7)) };

/** What is compared with. */
export type Compared = Pick<CheckAdjointOptions, "twin">;

/** With nothing, a twin without and one with a tangent. */
export const WAYS: Readonly<Record<string, Compared>> = {
  "differences on the device": {},
  "differences of the twin": { twin: pairsTwin },
  "tangent of the twin": {
    twin: {
      ...pairsTwin,
      tangent: ({ u, w }, { u: du, w: dw }) =>
        u!.map((x, i) => {
          const j = (i + 1) % u!.length;
          return (dw?.[i] ?? 0) * x * u![j]! + w![i]! * ((du?.[i] ?? 0) * u![j]! + x * (du?.[j] ?? 0));
        }),
    },
  },
};
