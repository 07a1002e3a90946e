/**
 * A small problem: two conv layers on periodic fields, and a reference that is an op of its own.
 *
 * @module
 */
import { defineOp } from "../../src/graph/op.ts";
import { defineStepper } from "../../src/graph/stepper.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray } from "../../src/ndarray.ts";
import { conv, sub, tanh } from "../../src/ops/mod.ts";
import { numbers } from "../ops/use.ts";

const random = numbers(21);
const draw = (scale: number, ...shape: number[]): NdArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  return new NdArray(Array.from({ length: size }, () => scale * random()), shape);
};

/** Parameters of the stepper. */
export type Parameters = { readonly first: NdArray; readonly second: NdArray; readonly bias: NdArray };

/** u' = conv(tanh(conv(u) + bias)). */
export const stepper = (frozen: string[] = []) =>
  defineStepper<Parameters>({
    name: "net",
    parameters: PARAMETERS,
    frozen,
    forward: (u, { first, second, bias }) =>
      conv({ u: tanh({ u: conv({ u, w: first, b: bias }) }), w: second }),
  });
const PARAMETERS: Parameters = { first: draw(0.4, 3, 1, 3), second: draw(0.4, 1, 3, 2), bias: draw(0.2, 3) };

/** A stepper that differs from the others in its first bias. */
export const withBias = (bias: number) =>
  stepper().with({ ...PARAMETERS, bias: new NdArray([bias, 0.2, 0.3]) });

/** [S, T, C, N], long enough for 200 steps. */
export const DATA: NdArray = draw(1, 3, 201, 1, 6);

const shift = defineOp({
  name: "shift",
  inputs: ["u"],
  wgsl: `
    import super::io::{N, u, setV, vBar, setUBar};
    fn forward(i: u32) { setV(i, u((i + 1u) % N)); }
    fn adjointU(i: u32) { setUBar(i, vBar((i + N - 1u) % N)); }
  `,
  shape: ({ u }) => u,
  constants: ({ u }) => ({ N: u[1]! }),
});

/** The reference: a shift by one point. */
export const refStepper = (u: Var): Var => shift({ u });

/** What a step lacks of the reference's. */
export const residuum = (next: Var, previous: Var): Var => sub({ a: next, b: refStepper(previous) });
