/**
 * The blocked form of {@linkcode conv}: which of its functions are taken from `shaders/conv_block.wgsl` and
 * `shaders/conv_weights_block.wgsl`.
 *
 * @module
 */
import { CONV_BLOCK, CONV_WEIGHTS_BLOCK } from "../../shaders/bundle.ts";
import type { BlockedForm } from "../graph/op.ts";
import type { PackedOrder } from "../graph/op_form.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import { axesOf } from "./conv_axes.ts";
import type { ConvOptions } from "./conv.ts";

/** Points of the x axis in a block; channels in a register block, of which a call has one or two. */
const [POINTS, ROWS] = [16, 8];
/** Channels of u that a call of `adjointW` takes, at most. */
const MOST_FED = 4;
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
    FED: rowsFor(channelsIn, MOST_FED),
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

/** The constants of a use that an order of the weights depends on. */
type Sizes = Readonly<
  Record<"C_OUT" | "C_IN" | "K_Z" | "K_Y" | "K_X" | "BLOCK_OUT" | "BLOCK_IN" | "TAPS", number>
>;

/**
 * The weights as a function reads them, `[blocks of channels, channels of the other side, K_Z K_Y, taps, channels of a
 * block]`: the channels are filled up to fours, the taps to as many as are taken together.
 *
 * @param sizes the sizes
 * @param channels how many channels the function writes
 * @param block how many of them in a call
 * @param others how many channels it reads
 * @param weightAt the weight between two of them
 */
function orderFor(
  { K_Z, K_Y, K_X, TAPS }: Sizes,
  channels: number,
  block: number,
  others: number,
  weightAt: (channel: number, other: number, kzy: number, k: number) => number,
): PackedOrder {
  return {
    shape: [blocksOf(channels, block), others, K_Z * K_Y, TAPS * blocksOf(K_X, TAPS), 4 * blocksOf(block, 4)],
    elementAt: (place) => {
      const [at, other, kzy, k, row] = place as [number, number, number, number, number];
      const channel = at * block + row;
      return row < block && channel < channels && k < K_X ? weightAt(channel, other, kzy, k) : null;
    },
  };
}

const weightAt = ({ C_IN, K_Z, K_Y, K_X }: Sizes, o: number, c: number, kzy: number, k: number): number =>
  ((o * C_IN + c) * K_Z * K_Y + kzy) * K_X + k;

/** The order of the weights for `forward`, and that for `adjointU`, with the taps of the x axis in reverse. */
const packed: BlockedForm<"u" | "w", "b", ConvOptions>["packed"] = {
  forward: {
    input: "w",
    order: (constants) => {
      const sizes = constants as Sizes;
      const { C_OUT, C_IN, BLOCK_OUT } = sizes;
      return orderFor(sizes, C_OUT, BLOCK_OUT, C_IN, (o, c, kzy, k) => weightAt(sizes, o, c, kzy, k));
    },
  },
  adjointU: {
    input: "w",
    order: (constants) => {
      const sizes = constants as Sizes;
      const { C_OUT, C_IN, K_X, BLOCK_IN } = sizes;
      return orderFor(
        sizes,
        C_IN,
        BLOCK_IN,
        C_OUT,
        (c, o, kzy, k) => weightAt(sizes, o, c, kzy, K_X - 1 - k),
      );
    },
  },
};

/** The constants of a use that its numbers of loads depend on. */
type LoadSizes =
  & Sizes
  & Readonly<
    Record<`${"N" | "OUT"}_${"Z" | "Y" | "X"}` | `${"STRIDE" | "DILATION"}_X` | "FED" | "BOUNDARY", number>
  >;

const REFLECT = 2; // in the texts

/** The loads of a sample, by fours where the texts load so. */
const loads: BlockedForm<"u" | "w", "b", ConvOptions>["loads"] = (constants) => {
  const sizes = constants as LoadSizes;
  const { C_OUT, C_IN, K_Z, K_Y, K_X, BLOCK_OUT, BLOCK_IN, FED, TAPS } = sizes;
  const { N_Z, N_Y, N_X, OUT_Z, OUT_Y, OUT_X, STRIDE_X, DILATION_X, BOUNDARY } = sizes;
  const taps = K_Z * K_Y * blocksOf(K_X, TAPS);
  const isAligned = STRIDE_X === 1 && N_X % 4 === 0 && BOUNDARY !== REFLECT;
  const areFours = isAligned && (K_X === 1 || DILATION_X % 4 === 0); // what one tap reads
  const ofPoints = (points: number) => {
    if (TAPS === 1) return areFours ? POINTS / 4 : POINTS;
    return K_X === NEIGHBOURS && points % POINTS === 0 ? POINTS / 4 + 2 : POINTS + 2;
  };
  const perFour = isAligned && (TAPS > 1 ? K_X === NEIGHBOURS : areFours) ? 1 : 4;
  const steps = blocksOf(C_OUT, ROWS) * blocksOf(C_IN, FED) * taps * OUT_Z * OUT_Y * blocksOf(OUT_X, 4);
  const windows = (blocks: number, rows: number, points: number, channels: number) =>
    blocks * rows * blocksOf(points, POINTS) * channels * taps * ofPoints(points);
  return {
    forward: { u: windows(blocksOf(C_OUT, BLOCK_OUT), OUT_Z * OUT_Y, OUT_X, C_IN) },
    adjointU: { vBar: windows(blocksOf(C_IN, BLOCK_IN), N_Z * N_Y, N_X, C_OUT) },
    adjointW: { u: steps * FED * perFour, vBar: steps * ROWS * (OUT_X % 4 === 0 ? 1 : 4) },
  };
};

/** The blocked form. */
export const blockedConv: BlockedForm<"u" | "w", "b", ConvOptions> = {
  wgsl: [CONV_BLOCK, CONV_WEIGHTS_BLOCK],
  packed,
  loads,
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
