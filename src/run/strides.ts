/**
 * Strides: the distance between samples.
 *
 * @module
 */
import { type Shape, sizeOf } from "../ndarray.ts";

/** The distance between two samples of a tensor, in floats: a multiple of 4, so that a sample can be read as vec4. */
export function strideOf(shape: Shape): number {
  return Math.ceil(sizeOf(shape) / 4) * 4;
}
