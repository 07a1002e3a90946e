/**
 * The steppers.
 *
 * @module
 */
export type { Activation, ActivationWord } from "./activation.ts";
export {
  type ClassicResBlockParameters,
  classicResNet,
  type ClassicResNetOptions,
  type ClassicResNetParameters,
} from "./classic_res_net.ts";
export { conv, type ConvStepperOptions } from "./conv.ts";
export { convNet, type ConvNetOptions, type ConvNetParameters } from "./conv_net.ts";
export { countParameters, describe } from "./describe.ts";
export type { ConvParameters, LinearParameters, NormParameters } from "./layers.ts";
export {
  mlp,
  type MlpFieldOptions,
  type MlpLayerOptions,
  type MlpOptions,
  type MlpParameters,
  type MlpVectorOptions,
} from "./mlp.ts";
export type { NetworkStepper, ReceptiveField } from "./network.ts";
