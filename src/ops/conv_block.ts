/**
 * The blocked form of {@linkcode conv}: which of its functions are taken from `shaders/conv_block.wgsl` and
 * `shaders/conv_weights_block.wgsl`.
 *
 * @module
 */
import { CONV_BLOCK, CONV_WEIGHTS_BLOCK } from "../../shaders/bundle.ts";
import type { BlockedForm } from "../graph/op.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import { axesOf } from "./conv_axes.ts";
import type { ConvOptions } from "./conv.ts";

/** Points of the x axis in a block; channels in a register block, of which a call has one or two. */
const [POINTS, ROWS] = [16, 8];
/** Taps of the x axis that a call takes together, where they see neighbouring points. */
const NEIGHBOURS = 3;
/** Where a call would write fewer elements than this many, as rows are short, elements one by one are quicker. */
const LEAST_WRITTEN = 16;
/** Calls of `adjointW` that add up this many products are quicker in blocks even if they write fewer elements. */
const LEAST_PRODUCTS = 1024;
/** From this many products for a sample on, twice the channels are worth twice the time to compile. */
const WIDE_PRODUCTS = 2 ** 18;
/** What a call costs beside its channels, in channels: the loads that all of them share. */
const SHARED_COST = 3;

const blocksOf = (length: number, block: number): number => Math.ceil(length / block);

/** How many channels a call takes best: few calls, and few rows that no channel fills. */
function rowsFor(channels: number, most = ROWS): number {
  const costOf = (rows: number) => blocksOf(channels, rows) * (SHARED_COST + rows);
  return Array.from({ length: most }, (_, i) => most - i).reduce((a, b) => costOf(b) < costOf(a) ? b : a);
}

/** The constants that the blocked form has beyond those of the plain one: how many channels and taps a call takes. */
export function blockConstants(
  { u, w }: Readonly<Record<"u" | "w", Shape>>,
  { stride = 1, dilation = 1 }: ConvOptions,
) {
  const dims = u.length - 1;
  const areNeighbours = w.at(-1)! > 1 && [stride, dilation].every((by) => axesOf(by, dims).at(-1) === 1);
  const [channelsOut, channelsIn] = w as [number, number, ...number[]];
  const most = sizeOf(w) * sizeOf(u.slice(1)) >= WIDE_PRODUCTS ? 2 * ROWS : ROWS;
  return {
    BLOCK_OUT: rowsFor(channelsOut, most),
    BLOCK_IN: rowsFor(channelsIn, most),
    FED: rowsFor(channelsIn),
    TAPS: areNeighbours ? NEIGHBOURS : 1,
  };
}

/** How many calls write `channels`, so many in each, on axes of N points; null where blocks would stay nearly empty. */
function callsOn(channels: number, block: number, n: Shape): number | null {
  const rows = sizeOf(n.slice(0, -1));
  const calls = blocksOf(channels, block) * rows * blocksOf(n.at(-1)!, POINTS);
  return channels * sizeOf(n) / calls < LEAST_WRITTEN ? null : calls;
}

/**
 * Whether calls of `adjointU` find all readers of a point: not beyond a mirror, and not where an axis ends between two
 * strides and begins again.
 */
function findsReaders(n: Shape, { boundary = "periodic", stride = 1 }: ConvOptions): boolean {
  if (boundary === "reflect" || boundary === "neumann") return false;
  return boundary !== "periodic" || axesOf(stride, n.length).every((by, axis) => n[axis]! % by === 0);
}

/** The blocked form. */
export const blockedConv: BlockedForm<"u" | "w", "b", ConvOptions> = {
  wgsl: [CONV_BLOCK, CONV_WEIGHTS_BLOCK],
  calls: ({ u, w, v }, options) => {
    const [channelsOut, channelsIn, ...k] = w as [number, number, ...number[]];
    const [n, out] = [u.slice(1), v.slice(1)];
    const { BLOCK_OUT, BLOCK_IN, FED, TAPS } = blockConstants({ u, w }, options);
    const forward = callsOn(channelsOut, BLOCK_OUT, out);
    const adjointU = findsReaders(n, options) ? callsOn(channelsIn, BLOCK_IN, n) : null;
    const tapBlocks = sizeOf(k.slice(0, -1)) * blocksOf(k.at(-1)!, TAPS);
    const adjointW = blocksOf(channelsOut, ROWS) * blocksOf(channelsIn, FED) * tapBlocks;
    const weights = channelsOut * channelsIn * sizeOf(k) / adjointW;
    const isWorth = weights >= LEAST_WRITTEN || weights * sizeOf(out) >= LEAST_PRODUCTS;
    return {
      ...forward !== null && { forward },
      ...adjointU !== null && { adjointU },
      ...isWorth && { adjointW, adjointB: channelsOut },
    };
  },
};
