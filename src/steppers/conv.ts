/**
 * A single convolution as a stepper.
 *
 * @module
 */
import * as z from "zod";
import type { Fault } from "../errors.ts";
import { type Boundary, boundaryWord } from "../ops/conv.ts";
import { axesFaults, type PerAxis, perAxis } from "../ops/conv_axes.ts";
import { checkOptions, flag, integer } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import type { Key } from "../random/mod.ts";
import { applyConv, type ConvParameters, initialConv } from "./layers.ts";
import {
  convReceptiveField,
  dimsOption,
  network,
  type NetworkStepper,
  showAxes,
  showDims,
} from "./network.ts";

/** Options of {@linkcode conv}. */
export interface ConvStepperOptions {
  /** How many space axes a state has. */
  readonly spatialDims: 1 | 2 | 3;
  /** Channels of the state. */
  readonly inChannels: number;
  /** Channels of the result; a stepper needs as many as it takes. */
  readonly outChannels: number;
  /** Taps of the kernel, an integer >= 1 for all axes or a list with one for each; not longer than the domain. */
  readonly kernelSize: PerAxis;
  /** The distance of neighbouring taps, an integer >= 1 for all axes or a list with one for each; default 1. */
  readonly dilation?: PerAxis;
  /** Whether a bias is added; default true. */
  readonly useBias?: boolean;
  /** What stands beyond the ends of the domain; default `"periodic"`. */
  readonly boundary?: Boundary;
  /** The key of the initial parameters. */
  readonly key: Key;
}

/**
 * A linear stepper: one cross-correlation over states [C, ...N] (Equinox: `nn.Conv` with `padding="SAME"`; with a
 * dilation and an even kernel the padding is that of pdequinox, see {@linkcode ops.conv}). Initial parameters are
 * uniform in +-1 / sqrt(inChannels * taps), from the same keys as Equinox takes: `weight`, and `bias` where there is
 * one.
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
export function conv(options: ConvStepperOptions): NetworkStepper<ConvParameters> {
  const { spatialDims, inChannels, outChannels, kernelSize, dilation = 1, key } = options;
  const { useBias = true, boundary = "periodic" } = options;
  const channels: Fault = {
    path: "outChannels",
    rule: `inChannels=${inChannels}, since a stepper returns the shape it takes`,
    value: outChannels,
  };
  checkOptions(
    "create conv",
    {
      spatialDims: dimsOption(),
      inChannels: integer(1),
      outChannels: integer(1),
      kernelSize: perAxis(),
      dilation: z.optional(perAxis()),
      useBias: z.optional(flag()),
      boundary: z.optional(boundaryWord()),
      key: keyOption(),
    },
    options,
    [
      ...axesFaults({ kernelSize, dilation }, spatialDims),
      ...(inChannels === outChannels ? [] : [channels]),
    ],
  );
  const dilated = dilation === 1 ? "" : `, dilation ${showAxes(dilation)}`;
  return network<ConvParameters>({
    name: "conv",
    architecture:
      `one convolution over ${showDims(spatialDims)}, kernel ${showAxes(kernelSize)}${dilated}, ` +
      `${inChannels} -> ${outChannels} channels, ${boundary}`,
    receptiveField: convReceptiveField(spatialDims, kernelSize, dilation),
    parameters: initialConv({ spatialDims, inChannels, outChannels, kernelSize, useBias, key }),
    forward: (u, p) => applyConv(u, p, boundary, dilation),
  });
}
