/**
 * Layers: their parameters as Equinox draws them, and their application.
 *
 * @module
 */
import type { Vars } from "../graph/stepper.ts";
import type { Var } from "../graph/var.ts";
import { NdArray, type Shape, sizeOf } from "../ndarray.ts";
import { type Boundary, conv } from "../ops/conv.ts";
import { axesOf, type PerAxis } from "../ops/conv_axes.ts";
import { groupNorm } from "../ops/mod.ts";
import { type Key, split, uniform } from "../random/mod.ts";

/** Parameters of a convolution. */
export type ConvParameters = {
  /** The kernel, [C_OUT, C_IN, ...K]. */
  readonly weight: NdArray;
  /** The bias, [C_OUT, 1, ...] with a 1 for each axis; absent where there is none. */
  readonly bias?: NdArray;
};

/** Parameters of a dense layer. */
export type LinearParameters = {
  /** The matrix, [D_OUT, D_IN]. */
  readonly weight: NdArray;
  /** The bias, [D_OUT]; absent where there is none. */
  readonly bias?: NdArray;
};

/** Parameters of a group norm with one group. */
export type NormParameters = {
  /** The factor of each channel, [C]. */
  readonly weight: NdArray;
  /** The offset of each channel, [C]. */
  readonly bias: NdArray;
};

/** What the initial parameters of a layer are made from. */
interface LayerOptions {
  /** The key of the layer. */
  readonly key: Key;
  /** Whether there is a bias. */
  readonly useBias: boolean;
  /** Whether the bias starts at zero. */
  readonly zeroBiasInit?: boolean;
}

/**
 * Weight and bias, uniform in +-1 / sqrt(fan-in), the fan-in being the numbers that one output is a sum of (Equinox:
 * `default_init`). The key is split into that of the weight and that of the bias, whether there is one or not.
 */
function initialLayer(weight: Shape, bias: Shape, options: LayerOptions): ConvParameters {
  const [weightKey, biasKey] = split(options.key);
  const maxval = 1 / Math.sqrt(sizeOf(weight.slice(1)));
  const bounds = { minval: -maxval, maxval };
  const parameters = { weight: uniform(weightKey, weight, bounds) };
  if (!options.useBias) return parameters;
  return {
    ...parameters,
    bias: options.zeroBiasInit ? NdArray.zeros(bias) : uniform(biasKey, bias, bounds),
  };
}

/** Initial parameters of a convolution (Equinox: `nn.Conv`). */
export function initialConv(
  options: LayerOptions & {
    readonly spatialDims: number;
    readonly inChannels: number;
    readonly outChannels: number;
    readonly kernelSize: PerAxis;
  },
): ConvParameters {
  const { spatialDims, inChannels, outChannels, kernelSize } = options;
  const ones = Array<number>(spatialDims).fill(1);
  return initialLayer(
    [outChannels, inChannels, ...axesOf(kernelSize, spatialDims)],
    [outChannels, ...ones],
    options,
  );
}

/** Initial parameters of a dense layer (Equinox: `nn.Linear`). */
export function initialLinear(
  options: LayerOptions & { readonly inSize: number; readonly outSize: number },
): LinearParameters {
  const { inSize, outSize } = options;
  return initialLayer([outSize, inSize], [outSize], options);
}

/** Initial parameters of a group norm: factors 1, offsets 0. */
export function initialNorm(channels: number): NormParameters {
  return { weight: new NdArray(new Float32Array(channels).fill(1)), bias: NdArray.zeros([channels]) };
}

/** Applies a convolution. */
export function applyConv(
  u: Var,
  { weight, bias }: Vars<ConvParameters>,
  boundary: Boundary,
  dilation: PerAxis = 1,
): Var {
  return conv({ u, w: weight, b: bias }, { boundary, dilation });
}

/** Applies a group norm, where there is one. */
export function applyNorm(u: Var, p: Vars<NormParameters> | undefined): Var {
  return p ? groupNorm({ u, w: p.weight, b: p.bias }) : u;
}
