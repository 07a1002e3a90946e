/**
 * The activation as an option of a network.
 *
 * @module
 */
import * as z from "zod";
import type { Op } from "../graph/op.ts";
import type { Var } from "../graph/var.ts";
import { gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "../ops/mod.ts";

/** The activations that have a word; `"gelu"` is the form with tanh, JAX's default. */
export type ActivationWord =
  | "identity"
  | "relu"
  | "leakyRelu"
  | "tanh"
  | "sigmoid"
  | "silu"
  | "gelu"
  | "softplus";

/** An activation: a word, an op of one input u, or a function of a variable. */
export type Activation = ActivationWord | Op<"u"> | ((u: Var) => Var);

const OPS: Readonly<Record<Exclude<ActivationWord, "identity">, Op<"u">>> = {
  relu,
  leakyRelu,
  tanh,
  sigmoid,
  silu,
  gelu,
  softplus,
};

const WORDS = ["identity", ...Object.keys(OPS)];

/** The schema of an activation. */
export function activationOption(): z.ZodMiniType<Activation> {
  return z.custom<Activation>((x) => typeof x === "function" || WORDS.includes(x as string), {
    error: `an op, a function of a variable, or one of ${WORDS.map((w) => JSON.stringify(w)).join(", ")}`,
  });
}

const isOp = (x: Activation): x is Op<"u"> => typeof x === "function" && "wgsl" in x;

/** Applies an activation. */
export function activate(activation: Activation, u: Var): Var {
  if (activation === "identity") return u;
  const f = typeof activation === "string" ? OPS[activation] : activation;
  return isOp(f) ? f({ u }) : f(u);
}

/** The name of an activation in a summary. */
export function activationName(activation: Activation): string {
  if (typeof activation === "string") return activation;
  return activation.name === "" ? "a function" : activation.name;
}
