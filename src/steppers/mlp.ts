/**
 * A multi-layer perceptron as a stepper.
 *
 * @module
 */
import * as z from "zod";
import type { Var } from "../graph/var.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import { dense, reshape } from "../ops/mod.ts";
import { checkOptions, flag, integer } from "../options.ts";
import { keyOption } from "../random/key_option.ts";
import { type Key, split } from "../random/mod.ts";
import { activate, type Activation, activationName, activationOption } from "./activation.ts";
import { initialLinear, type LinearParameters } from "./layers.ts";
import { counted, dimsOption, network, type NetworkStepper } from "./network.ts";

/** Parameters of {@linkcode mlp}. */
export type MlpParameters = {
  /** The dense layers, from the first to the last. */
  readonly layers: readonly LinearParameters[];
};

/** Options of {@linkcode mlp} that do not depend on the kind of state. */
export interface MlpLayerOptions {
  /** The length of the hidden layers; default 64. */
  readonly widthSize?: number;
  /** How many hidden layers there are, an integer >= 0: one less than there are dense layers; default 3. */
  readonly depth?: number;
  /** What follows each layer but the last; default `"relu"`. */
  readonly activation?: Activation;
  /** What follows the last layer; default `"identity"`. As in Equinox it is left out with `depth: 0`. */
  readonly finalActivation?: Activation;
  /** Whether the hidden layers have a bias; default true. */
  readonly useBias?: boolean;
  /** Whether the last layer has a bias; default true. */
  readonly useFinalBias?: boolean;
  /** The key of the initial parameters. */
  readonly key: Key;
}

/** Options of {@linkcode mlp} for states [D] (Equinox: `nn.MLP`). */
export interface MlpVectorOptions extends MlpLayerOptions {
  /** The length of the state. */
  readonly inSize: number;
  /** The length of the result; a stepper needs that of the state. */
  readonly outSize: number;
}

/** Options of {@linkcode mlp} for states [C, ...N] with as many points on each axis (pdequinox: `arch.MLP`). */
export interface MlpFieldOptions extends MlpLayerOptions {
  /** How many space axes a state has. */
  readonly spatialDims: 1 | 2 | 3;
  /** Channels of the state. */
  readonly inChannels: number;
  /** Channels of the result; a stepper needs as many as it takes. */
  readonly outChannels: number;
  /** Points on each axis. */
  readonly numPoints: number;
}

/** Options of {@linkcode mlp}. */
export type MlpOptions = MlpVectorOptions | MlpFieldOptions;

/** The shapes that a network maps between. */
interface Shapes {
  readonly before: Shape;
  readonly after: Shape;
}

function shapesOf(options: MlpOptions): Shapes {
  if (!("spatialDims" in options)) return { before: [options.inSize], after: [options.outSize] };
  const { spatialDims, inChannels, outChannels, numPoints } = options;
  const points = Array<number>(spatialDims).fill(numPoints);
  return { before: [inChannels, ...points], after: [outChannels, ...points] };
}

/**
 * A network of dense layers with an activation between them, over states [D] (Equinox: `nn.MLP`) or over states
 * [C, ...N] that are flattened for it (pdequinox: `arch.MLP`); the options say which. The same key gives the same
 * initial parameters as there. Their paths are `layers.0.weight`, `layers.0.bias` and so on, as in Equinox' tree;
 * pdequinox holds that tree under `flat_mlp`.
 *
 * As a stepper it must return the shape it takes; as a part of another function it need not.
 *
 * @param options sizes, activations and key
 * @throws {OptionsError} naming every option that does not hold
 *
 * @example
 * ```ts
 * import { random, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const lorenz = steppers.mlp({ inSize: 3, outSize: 3, widthSize: 32, depth: 2, key: random.key(0) });
 * assertEquals(lorenz.parameters.layers.map(({ weight }) => weight.shape), [[32, 3], [32, 32], [3, 32]]);
 *
 * const field = steppers.mlp({ spatialDims: 1, inChannels: 1, outChannels: 1, numPoints: 30, key: random.key(0) });
 * assertEquals(field.receptiveField, [[30, 30]]);
 * ```
 */
export function mlp(options: MlpOptions): NetworkStepper<MlpParameters> {
  const { widthSize = 64, depth = 3, activation = "relu", finalActivation = "identity", key } = options;
  const { useBias = true, useFinalBias = true } = options;
  const isField = "spatialDims" in options;
  checkOptions("create mlp", {
    ...(isField
      ? {
        spatialDims: dimsOption(),
        inChannels: integer(1),
        outChannels: integer(1),
        numPoints: integer(1),
      }
      : { inSize: integer(1), outSize: integer(1) }),
    widthSize: z.optional(integer(1)),
    depth: z.optional(integer(0)),
    activation: z.optional(activationOption()),
    finalActivation: z.optional(activationOption()),
    useBias: z.optional(flag()),
    useFinalBias: z.optional(flag()),
    key: keyOption(),
  }, options);
  const { before, after } = shapesOf(options);
  const [inSize, outSize] = [sizeOf(before), sizeOf(after)];
  const layers = split(key, depth + 1).map((layerKey, i) =>
    initialLinear({
      inSize: i === 0 ? inSize : widthSize,
      outSize: i === depth ? outSize : widthSize,
      useBias: i === depth ? useFinalBias : useBias,
      key: layerKey,
    })
  );
  const hidden = depth === 0 ? "" : `${widthSize} (${depth} hidden) -> `;
  return network<MlpParameters>({
    name: "mlp",
    architecture: `${counted(depth + 1, "dense layer")}, ${inSize} -> ${hidden}${outSize} numbers, ` +
      activationName(activation),
    receptiveField: isField ? before.slice(1).map((n) => [n, n] as const) : [],
    parameters: { layers },
    forward(u, p) {
      const result = p.layers.reduce((x, { weight, bias }, i) => {
        const last = depth === 0 ? "identity" : finalActivation;
        return activate(i === depth ? last : activation, dense({ u: x, w: weight, b: bias }));
      }, shaped(u, [inSize]));
      return isField ? shaped(result, after) : result;
    },
  });
}

/** The same numbers under another shape. */
function shaped(u: Var, shape: Shape): Var {
  return u.shape.length === shape.length ? u : reshape({ u }, { shape });
}
