/**
 * The steppers.
 *
 * @module
 */
export { conv, type ConvParameters, type ConvStepperOptions } from "./conv.ts";
