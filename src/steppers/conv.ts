/**
 * A single convolution as a stepper.
 *
 * @module
 */
import * as z from "zod";
import { OptionsError } from "../errors.ts";
import { defineStepper, type Stepper } from "../graph/stepper.ts";
import type { NdArray } from "../ndarray.ts";
import { type Boundary, conv as convOp } from "../ops/conv.ts";
import { checkOptions, flag, integer, word } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import { type Key, split, uniform } from "../random/mod.ts";

/** Parameters of {@linkcode conv}. */
export type ConvParameters = {
  /** The kernel, [outChannels, inChannels, kernelSize]. */
  readonly weight: NdArray;
  /** The bias, [outChannels, 1]; absent with `useBias: false`. */
  readonly bias?: NdArray;
};

/** Options of {@linkcode conv}. */
export interface ConvStepperOptions {
  /** How many space axes a state has; 1. */
  readonly spatialDims: 1;
  /** Channels of the state. */
  readonly inChannels: number;
  /** Channels of the result; a stepper needs as many as it takes. */
  readonly outChannels: number;
  /** Taps of the kernel; an integer >= 1, no longer than the domain. */
  readonly kernelSize: number;
  /** Whether a bias is added; default true. */
  readonly useBias?: boolean;
  /** What stands beyond the ends of the domain; default `"periodic"`. */
  readonly boundary?: Boundary;
  /** The key of the initial parameters. */
  readonly key: Key;
}

/**
 * A linear stepper: one cross-correlation over states [C, N] (Equinox: `nn.Conv1d` with `padding="SAME"`). Initial
 * parameters are uniform in +-1 / sqrt(inChannels * kernelSize), from the same keys as Equinox takes.
 *
 * @param options channels, kernel size, boundary and key
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { random, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const stepper = steppers.conv({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, useBias: false, key: random.key(73),
 * });
 * assertEquals(stepper.parameters.weight.shape, [1, 1, 2]);
 * ```
 */
export function conv(options: ConvStepperOptions): Stepper<ConvParameters> {
  const { inChannels, outChannels, kernelSize, useBias = true, boundary = "periodic", key } = options;
  checkOptions("create conv", {
    spatialDims: z.literal(1, { error: "1" }),
    inChannels: integer(1),
    outChannels: integer(1),
    kernelSize: integer(1),
    useBias: z.optional(flag()),
    boundary: z.optional(word("periodic", "zeros", "reflect")),
    key: keyOption(),
  }, options);
  if (inChannels !== outChannels) {
    throw new OptionsError("create conv", [{
      path: "outChannels",
      rule: `inChannels=${inChannels}, since a stepper returns the shape it takes`,
      value: outChannels,
    }]);
  }
  const [weightKey, biasKey] = split(key);
  const maxval = 1 / Math.sqrt(inChannels * kernelSize);
  const bounds = { minval: -maxval, maxval };
  return defineStepper<ConvParameters>({
    name: "conv",
    parameters: {
      weight: uniform(weightKey, [outChannels, inChannels, kernelSize], bounds),
      ...(useBias ? { bias: uniform(biasKey, [outChannels, 1], bounds) } : {}),
    },
    forward: (u, { weight, bias }) => convOp({ u, w: weight, b: bias }, { boundary }),
  });
}
