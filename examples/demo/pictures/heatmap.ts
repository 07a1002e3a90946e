/**
 * Fields over space and time as PNG pictures.
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale-chromatic@3.1.0"
import { interpolatePuOr, interpolateRdBu } from "d3-scale-chromatic";
import { encode } from "fast-png";
import type { NdArray } from "@unroll/unroll";

/** A colour map for numbers in [-limit, limit]; numbers beyond take the colours of the ends. */
export interface ColorMap {
  /** The number at the upper end. */
  readonly limit: number;
  /** Colours from the lower end to the upper one, as CSS has them. */
  readonly colors: readonly string[];
}

const NUM_COLORS = 256;

/** Blue below zero, red above. */
export function stateColors(limit: number): ColorMap {
  return { limit, colors: tableOf((t) => interpolateRdBu(1 - t)) };
}

/** Violet below zero, brown above. */
export function errorColors(limit: number): ColorMap {
  return { limit, colors: tableOf((t) => interpolatePuOr(t)) };
}

function tableOf(interpolate: (t: number) => string): string[] {
  return Array.from({ length: NUM_COLORS }, (_, i) => interpolate(i / (NUM_COLORS - 1)));
}

/**
 * A field as the URL of a PNG: time from left to right, space from bottom to top, a pixel for each number.
 *
 * @param field the numbers, [1, T, 1, N]
 * @param map their colours
 */
export function heatmapUrl(field: NdArray, { limit, colors }: ColorMap): string {
  const [, numStates, , numPoints] = field.shape as [number, number, number, number];
  const table = colors.map((color) => color.match(/\d+/g)!.map(Number));
  const data = new Uint8Array(3 * numStates * numPoints);
  for (let t = 0; t < numStates; t++) {
    for (let n = 0; n < numPoints; n++) {
      const level = (field.at(0, t, 0, n) / limit + 1) / 2;
      const color = table[Math.round(Math.min(1, Math.max(0, level)) * (NUM_COLORS - 1))]!;
      data.set(color, 3 * ((numPoints - 1 - n) * numStates + t));
    }
  }
  const png = encode({ width: numStates, height: numPoints, data, channels: 3 });
  return `data:image/png;base64,${new Uint8Array(png).toBase64()}`;
}
