/**
 * A feed-forward network of convolutions as a stepper.
 *
 * @module
 */
import * as z from "zod";
import { type Boundary, boundaryWord } from "../ops/conv.ts";
import { axesFaults, type PerAxis, perAxis } from "../ops/conv_axes.ts";
import { checkOptions, flag, integer } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import { type Key, split } from "../random/mod.ts";
import { activate, type Activation, activationName, activationOption } from "./activation.ts";
import { applyConv, type ConvParameters, initialConv } from "./layers.ts";
import {
  convReceptiveField,
  counted,
  dimsOption,
  network,
  type NetworkStepper,
  repeated,
  showAxes,
  showDims,
} from "./network.ts";

/** Parameters of {@linkcode convNet}. */
export type ConvNetParameters = {
  /** The convolutions, from the first to the last. */
  readonly layers: readonly ConvParameters[];
};

/** Options of {@linkcode convNet}. */
export interface ConvNetOptions {
  /** How many space axes a state has. */
  readonly spatialDims: 1 | 2 | 3;
  /** Channels of the state. */
  readonly inChannels: number;
  /** Channels of the result; a stepper needs as many as it takes. */
  readonly outChannels: number;
  /** Channels between the convolutions; default 16. */
  readonly hiddenChannels?: number;
  /** How many hidden layers there are, an integer >= 0: one less than there are convolutions; default 10. */
  readonly depth?: number;
  /** What follows each convolution but the last; default `"relu"`. */
  readonly activation?: Activation;
  /** Taps of the kernels, an integer >= 1 for all axes or a list with one for each; default 3. */
  readonly kernelSize?: PerAxis;
  /** What follows the last convolution; default `"identity"`. */
  readonly finalActivation?: Activation;
  /** Whether the hidden layers have a bias; default true. */
  readonly useBias?: boolean;
  /** Whether the last convolution has a bias; default true. */
  readonly useFinalBias?: boolean;
  /** What stands beyond the ends of the domain; default `"periodic"`. */
  readonly boundaryMode?: Boundary;
  /** Whether the biases start at zero; default false. */
  readonly zeroBiasInit?: boolean;
  /** The key of the initial parameters. */
  readonly key: Key;
}

/**
 * A network of convolutions over states [C, ...N], with an activation between them (pdequinox: `arch.ConvNet`). The
 * same key gives the same initial parameters as there. Their paths are `layers.0.weight`, `layers.0.bias` and so on,
 * as in Equinox' tree.
 *
 * As a stepper it must have as many channels out as in; as a part of another function it need not.
 *
 * @param options channels, depth, kernel size, boundary, activations and key
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { random, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const stepper = steppers.convNet({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, hiddenChannels: 34, depth: 10, key: random.key(0),
 * });
 * assertEquals(steppers.countParameters(stepper), 31_757);
 * assertEquals(stepper.receptiveField, [[11, 11]]);
 * ```
 */
export function convNet(options: ConvNetOptions): NetworkStepper<ConvNetParameters> {
  const { spatialDims, inChannels, outChannels, hiddenChannels = 16, depth = 10, kernelSize = 3, key } =
    options;
  const { activation = "relu", finalActivation = "identity", boundaryMode = "periodic" } = options;
  const { useBias = true, useFinalBias = true, zeroBiasInit = false } = options;
  checkOptions(
    "create convNet",
    {
      spatialDims: dimsOption(),
      inChannels: integer(1),
      outChannels: integer(1),
      hiddenChannels: z.optional(integer(1)),
      depth: z.optional(integer(0)),
      activation: z.optional(activationOption()),
      kernelSize: z.optional(perAxis()),
      finalActivation: z.optional(activationOption()),
      useBias: z.optional(flag()),
      useFinalBias: z.optional(flag()),
      boundaryMode: z.optional(boundaryWord()),
      zeroBiasInit: z.optional(flag()),
      key: keyOption(),
    },
    options,
    axesFaults({ kernelSize }, spatialDims),
  );
  const layers = split(key, depth + 1).map((layerKey, i) =>
    initialConv({
      spatialDims,
      inChannels: i === 0 ? inChannels : hiddenChannels,
      outChannels: i === depth ? outChannels : hiddenChannels,
      kernelSize,
      useBias: i === depth ? useFinalBias : useBias,
      zeroBiasInit,
      key: layerKey,
    })
  );
  const hidden = depth === 0 ? "" : `${hiddenChannels} (${depth} hidden) -> `;
  return network<ConvNetParameters>({
    name: "convNet",
    architecture:
      `${counted(depth + 1, "convolution")} over ${showDims(spatialDims)}, kernel ${showAxes(kernelSize)}, ` +
      `${inChannels} -> ${hidden}${outChannels} channels, ${activationName(activation)}, ${boundaryMode}`,
    receptiveField: repeated(convReceptiveField(spatialDims, kernelSize), depth + 1),
    parameters: { layers },
    forward: (u, p) =>
      p.layers.reduce(
        (x, layer, i) =>
          activate(i === depth ? finalActivation : activation, applyConv(x, layer, boundaryMode)),
        u,
      ),
  });
}
