/**
 * How many states in a row the resident kernel makes again, by counted work.
 *
 * @module
 */
import type { KernelOptions } from "../wgsl/kernel.ts";
import { type Move, numCalls, type ResidentUnit } from "../wgsl/resident_table.ts";
import { Splits } from "./resident_splits.ts";

/** What a four of floats costs to be stored and fetched again, in calls of op functions; measured, with little slope. */
const ACCESS_CALLS = 120;
/** What it costs to set a state midway, a turn through the loops of the kernel; likewise, from 160 to 480. */
const SETTING_CALLS = 320;
/** The least span that is worth the text: the function stands there three times then. */
const MIN_REPLAY_SPAN = 5;
/** The longest one. */
const MAX_REPLAY_SPAN = 32;

/** Where states are set midway for a function that makes states again. */
export function splitsFor(forward: readonly KernelOptions[]): Splits {
  return new Splits(SETTING_CALLS / numCalls(forward));
}

/**
 * How many states in a row are made again from one that is kept: where a model has one function, from snapshots to such,
 * and reads one state at a time, that is cheaper than storage. With a segment of k states, a state costs a k-th of an
 * access and of the way through the segment.
 *
 * @param units the functions and losses
 * @param moves the moves that a program may need
 * @param snapshotStride the floats of a snapshot
 */
export function replaySpanOf(
  units: readonly ResidentUnit[],
  moves: readonly Move[],
  snapshotStride: number,
): number | null {
  const [f, ...others] = units.filter(({ loss }) => loss === null);
  // What is no state but a snapshot is read into the second register without a move.
  const hasSecondState = moves.some(({ register }) => register === "state1");
  if (f === undefined || others.length > 0 || f.stride !== snapshotStride || hasSecondState) return null;
  const access = ACCESS_CALLS * (f.stride / 4) / numCalls(f.forward);
  const splits = splitsFor(f.forward);
  let best = { span: 0, cost: Infinity };
  for (let span = 1; span <= MAX_REPLAY_SPAN; span++) {
    const cost = (access + splits.way(0, span - 1).cost) / span;
    if (cost < best.cost) best = { span, cost };
  }
  return best.span < MIN_REPLAY_SPAN ? null : best.span;
}
