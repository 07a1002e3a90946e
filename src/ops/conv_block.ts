/**
 * The blocked form of {@linkcode conv}: which of its functions are taken from `shaders/conv_block.wgsl`.
 *
 * @module
 */
import { CONV_BLOCK } from "../../shaders/bundle.ts";
import type { BlockedForm } from "../graph/op.ts";
import { type Shape, sizeOf } from "../ndarray.ts";
import { axesOf } from "./conv_axes.ts";
import type { ConvOptions } from "./conv.ts";

/** Points of the x axis in a block, channels written, channels of u and taps that `adjointW` adds up together. */
const [POINTS, CHANNELS, FED, TAPS] = [16, 8, 4, 3];
/** A block has 128 elements; where it would write fewer than this many, elements one by one are quicker. */
const LEAST_WRITTEN = 16;

const blocksOf = (length: number, block: number): number => Math.ceil(length / block);

/** How many calls write `channels` on axes of N points; null where blocks would stay nearly empty. */
function callsOn(channels: number, n: Shape): number | null {
  const rows = sizeOf(n.slice(0, -1));
  const calls = blocksOf(channels, CHANNELS) * rows * blocksOf(n.at(-1)!, POINTS);
  return channels * sizeOf(n) / calls < LEAST_WRITTEN ? null : calls;
}

/** The blocked form: no strides and dilations, and no cotangent of a u that the boundary mirrors. */
export const blockedConv: BlockedForm<"u" | "w", "b", ConvOptions> = {
  wgsl: CONV_BLOCK,
  calls: ({ u, w }, { boundary = "periodic", stride = 1, dilation = 1 }) => {
    const dims = u.length - 1;
    if ([...axesOf(stride, dims), ...axesOf(dilation, dims)].some((x) => x !== 1)) return {};
    const [channelsOut, channelsIn, ...k] = w as [number, number, ...number[]];
    const n = u.slice(1);
    const forward = callsOn(channelsOut, n);
    const adjointU = boundary === "reflect" || boundary === "neumann" ? null : callsOn(channelsIn, n);
    const tapBlocks = sizeOf(k.slice(0, -1)) * blocksOf(k.at(-1)!, TAPS);
    const adjointW = blocksOf(channelsOut, CHANNELS) * blocksOf(channelsIn, FED) * tapBlocks;
    const isWorth = channelsOut * channelsIn * sizeOf(k) / adjointW >= LEAST_WRITTEN;
    return {
      ...forward !== null && { forward },
      ...adjointU !== null && { adjointU },
      ...isWorth && { adjointW, adjointB: channelsOut },
    };
  },
};
