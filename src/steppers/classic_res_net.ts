/**
 * A residual network as a stepper.
 *
 * @module
 */
import * as z from "zod";
import type { Vars } from "../graph/stepper.ts";
import type { Var } from "../graph/var.ts";
import { type Boundary, boundaryWord } from "../ops/conv.ts";
import { add } from "../ops/mod.ts";
import { checkOptions, flag, integer } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import { type Key, split } from "../random/mod.ts";
import { activate, type Activation, activationName, activationOption } from "./activation.ts";
import {
  applyConv,
  applyNorm,
  type ConvParameters,
  initialConv,
  initialNorm,
  type NormParameters,
} from "./layers.ts";
import {
  convReceptiveField,
  counted,
  dimsOption,
  network,
  type NetworkStepper,
  repeated,
  showDims,
} from "./network.ts";

/** Parameters of one block of {@linkcode classicResNet}, under the names that they have in pdequinox. */
export type ClassicResBlockParameters = {
  /** The first convolution. */
  readonly conv_1: ConvParameters;
  /** The norm behind it, with `useNorm`. */
  readonly norm_1?: NormParameters;
  /** The second convolution. */
  readonly conv_2: ConvParameters;
  /** The norm behind it, with `useNorm`. */
  readonly norm_2?: NormParameters;
};

/** Parameters of {@linkcode classicResNet}. */
export type ClassicResNetParameters = {
  /** The convolution of one tap from the channels of the state to the hidden ones. */
  readonly lifting: ConvParameters;
  /** The blocks, from the first to the last. */
  readonly blocks: readonly ClassicResBlockParameters[];
  /** The convolution of one tap from the hidden channels to those of the result. */
  readonly projection: ConvParameters;
};

/** Options of {@linkcode classicResNet}. */
export interface ClassicResNetOptions {
  /** How many space axes a state has. */
  readonly spatialDims: 1 | 2 | 3;
  /** Channels of the state. */
  readonly inChannels: number;
  /** Channels of the result; a stepper needs as many as it takes. */
  readonly outChannels: number;
  /** Channels of the blocks; default 32. */
  readonly hiddenChannels?: number;
  /** How many blocks there are, an integer >= 1; default 6. */
  readonly numBlocks?: number;
  /** Whether each convolution of a block is followed by a group norm with one group; default false. */
  readonly useNorm?: boolean;
  /** The activation inside and at the end of each block; default `"relu"`. */
  readonly activation?: Activation;
  /** What stands beyond the ends of the domain; default `"periodic"`. */
  readonly boundaryMode?: Boundary;
  /** The key of the initial parameters. */
  readonly key: Key;
}

/** The taps of the convolutions of a block. */
const KERNEL_SIZE = 3;

/**
 * A residual network over states [C, ...N] (pdequinox: `arch.ClassicResNet`, after He et al. 2016, "Deep residual
 * learning for image recognition"): a lifting, blocks x + conv(act(conv(x))) with the activation behind the sum, a
 * projection. Lifting and projection have one tap and no activation, the convolutions of the blocks three.
 *
 * The same key gives the same initial parameters as there. Their paths are `lifting.weight`, `blocks.0.conv_1.weight`,
 * `blocks.0.norm_1.weight`, `projection.bias` and so on, as in pdequinox' tree.
 *
 * As a stepper it must have as many channels out as in; as a part of another function it need not.
 *
 * @param options channels, blocks, norm, boundary, activation and key
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { random, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const stepper = steppers.classicResNet({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, hiddenChannels: 26, numBlocks: 8, key: random.key(0),
 * });
 * assertEquals(steppers.countParameters(stepper), 32_943);
 * assertEquals(stepper.receptiveField, [[16, 16]]);
 * ```
 */
export function classicResNet(options: ClassicResNetOptions): NetworkStepper<ClassicResNetParameters> {
  const { spatialDims, inChannels, outChannels, hiddenChannels = 32, numBlocks = 6, key } = options;
  const { useNorm = false, activation = "relu", boundaryMode = "periodic" } = options;
  checkOptions("create classicResNet", {
    spatialDims: dimsOption(),
    inChannels: integer(1),
    outChannels: integer(1),
    hiddenChannels: z.optional(integer(1)),
    numBlocks: z.optional(integer(1)),
    useNorm: z.optional(flag()),
    activation: z.optional(activationOption()),
    boundaryMode: z.optional(boundaryWord()),
    key: keyOption(),
  }, options);
  const conv = (layerKey: Key, from: number, to: number, kernelSize: number) =>
    initialConv({ spatialDims, inChannels: from, outChannels: to, kernelSize, useBias: true, key: layerKey });
  let [layerKey, rest] = split(key);
  const lifting = conv(layerKey, inChannels, hiddenChannels, 1);
  const blocks: ClassicResBlockParameters[] = [];
  for (let block = 0; block < numBlocks; block++) {
    [layerKey, rest] = split(rest);
    const [first, second] = split(layerKey, 3);
    blocks.push({
      conv_1: conv(first, hiddenChannels, hiddenChannels, KERNEL_SIZE),
      ...(useNorm ? { norm_1: initialNorm(hiddenChannels) } : {}),
      conv_2: conv(second, hiddenChannels, hiddenChannels, KERNEL_SIZE),
      ...(useNorm ? { norm_2: initialNorm(hiddenChannels) } : {}),
    });
  }
  const projection = conv(rest, hiddenChannels, outChannels, 1);
  const blockField = repeated(convReceptiveField(spatialDims, KERNEL_SIZE), 2);
  return network<ClassicResNetParameters>({
    name: "classicResNet",
    architecture:
      `${counted(numBlocks, "block")} of 2 convolutions over ${
        showDims(spatialDims)
      }, kernel ${KERNEL_SIZE}` +
      `${useNorm ? ", group norm" : ""}, ${inChannels} -> ${hiddenChannels} -> ${outChannels} channels, ` +
      `${activationName(activation)}, ${boundaryMode}`,
    receptiveField: repeated(blockField, numBlocks),
    parameters: { lifting, blocks, projection },
    forward(u, p) {
      const lifted = applyConv(u, p.lifting, boundaryMode);
      const last = p.blocks.reduce((x, block) => applyBlock(x, block, activation, boundaryMode), lifted);
      return applyConv(last, p.projection, boundaryMode);
    },
  });
}

function applyBlock(
  u: Var,
  p: Vars<ClassicResBlockParameters>,
  activation: Activation,
  boundary: Boundary,
): Var {
  const inner = activate(activation, applyNorm(applyConv(u, p.conv_1, boundary), p.norm_1));
  const outer = applyNorm(applyConv(inner, p.conv_2, boundary), p.norm_2);
  return activate(activation, add({ a: outer, b: u }));
}
