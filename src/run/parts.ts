/**
 * Parts: a batch that does not fit on the device, evaluated piece by piece.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import type { Recording } from "../tape/tape.ts";
import type { Layout } from "./layout.ts";
import { fits } from "./memory.ts";
import { type Placement, WHOLE } from "./placement.ts";

/**
 * The layout for as many windows at a time as fit: all of them, a half, a quarter, down to one.
 *
 * @param gpu the device
 * @param numWindows how many windows there are
 * @param layoutFor the layout for so many at a time; without a placement at the better one for all of them
 * @returns the layout; that for one window where none fits
 */
export function layoutOfParts(
  gpu: Gpu,
  numWindows: number,
  layoutFor: (batch: number, placement?: Placement) => Layout,
): Layout {
  let layout = layoutFor(numWindows);
  for (let batch = numWindows; !fits(gpu, layout.buffers) && batch > 1;) {
    batch = Math.ceil(batch / 2);
    const whole = layoutFor(batch, WHOLE);
    layout = fits(gpu, whole.buffers) ? whole : layoutFor(batch);
  }
  return layout;
}

/** The losses of a part of a batch. */
export interface PartLosses {
  /** How many windows it has. */
  readonly numWindows: number;
  /** The losses in the order of the terms, reduced over the part. */
  readonly losses: Float32Array;
}

/** The losses of a whole batch from those of its parts, added in float64. Those of a single part are kept as they are. */
export function combineLosses(
  terms: Recording["losses"],
  parts: readonly PartLosses[],
): Float32Array<ArrayBuffer> {
  const total = parts.reduce((sum, { numWindows }) => sum + numWindows, 0);
  return Float32Array.from(
    terms,
    ({ loss: { batchReduction } }, term) =>
      parts.reduce((sum, { numWindows, losses }) => {
        const share = batchReduction === "mean" ? numWindows / total : 1;
        return sum + share * losses[term]!;
      }, 0),
  );
}
