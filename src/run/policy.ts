/**
 * Memory policies: from what may be taken to what is kept.
 *
 * @module
 */
import * as z from "zod";
import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { MemorySchedule } from "../tape/program.ts";
import type { Layout } from "./layout.ts";
import { fits, totalOf } from "./memory.ts";

/**
 * What the forward sweep keeps for the reverse sweep. Bits do not depend on it, bytes and time do.
 *
 * - `"store"`: the activations of every application
 * - `"recompute"`: the states; an application's activations are computed again right before its adjoint
 * - `{ checkpoints: n }`: the states of n time levels of each segment between cuts, by the binomial schedule of
 *   Griewank and Walther; what lies between is computed again. A time level of a chain is one state; of a
 *   `DivertedChain` it is as many as a branch is long.
 * - `{ bytes: n }`: the first of these, from the fastest to the leanest (checkpoints by powers of two), whose buffers
 *   take at most n bytes in all
 * - `"auto"`: the same within half of what `Gpu.request({ maxBytes })` leaves, or within 1 GiB where nothing was said;
 *   the leanest where none fits
 *
 * Under a policy of bytes, trajectories lie on the device as long as any schedule fits with them; under one schedule, as
 * long as that fits in what `maxBytes` leaves. Without `maxBytes` they may take 1 GiB. Else their windows are streamed.
 */
export type MemoryPolicy = MemorySchedule | { readonly bytes: number } | "auto";

/** The budget of `"auto"` on a device without `maxBytes`: WebGPU does not tell how much memory there is. */
const AUTO_BYTES = 2 ** 30;
/** The share of `maxBytes` that `"auto"` takes at most. */
const AUTO_SHARE = 0.5;

/** The schema of a memory policy. */
export const policySchema = (): z.ZodMiniType<MemoryPolicy> =>
  z.custom<MemoryPolicy>((x) => {
    if (x === "store" || x === "recompute" || x === "auto") return true;
    const [[name, value] = ["", 0], ...others] = Object.entries(x ?? {});
    return others.length === 0 && Number.isSafeInteger(value) &&
      (name === "checkpoints" && value >= 0 || name === "bytes" && value >= 1);
  }, {
    error: '"store", "recompute", "auto", { checkpoints: an integer >= 0 } or { bytes: an integer >= 1 }',
  });

/** What to try where a plan does not fit, from the fastest to the leanest. */
export const LEANER: readonly MemorySchedule[] = [
  "recompute",
  { checkpoints: 16 },
  { checkpoints: 4 },
  { checkpoints: 1 },
];

/** A schedule as it stands in messages. */
export function showSchedule(schedule: MemorySchedule): string {
  return typeof schedule === "string"
    ? `memory: "${schedule}"`
    : `memory: { checkpoints: ${schedule.checkpoints} }`;
}

/** Whether a policy chooses among schedules, rather than being one. */
function chooses(policy: MemoryPolicy): policy is Exclude<MemoryPolicy, MemorySchedule> {
  return policy === "auto" || (typeof policy === "object" && "bytes" in policy);
}

/** The schedule that a policy tries first: itself, or the fastest of those that it chooses from. */
export function firstSchedule(policy: MemoryPolicy): MemorySchedule {
  return chooses(policy) ? "store" : policy;
}

/** How many bytes all buffers may take under a policy; infinite where nothing was said. */
function budgetOf(gpu: Gpu, policy: MemoryPolicy): number {
  const free = gpu.maxBytes - gpu.bytes;
  if (policy === "auto") return free === Infinity ? AUTO_BYTES : AUTO_SHARE * free;
  return chooses(policy) ? policy.bytes : free;
}

/** How many bytes there are for data and all else; 1 GiB where nothing was said. */
export function roomOf(gpu: Gpu, policy: MemoryPolicy): number {
  const budget = budgetOf(gpu, policy);
  return budget === Infinity ? AUTO_BYTES : budget;
}

/** Makes a layout under a schedule, with or without a copy of the snapshots in a texture, which gives way to all else. */
export type LayoutFor = (schedule: MemorySchedule, hasSnapshotTexels: boolean) => Layout;

/**
 * The layout for a policy: the first whose buffers fit. Data stay at the faster place as long as any schedule fits
 * with them there.
 *
 * @param what what was to be done, for example `train Supervised`
 * @param gpu the device
 * @param policy the policy
 * @param layoutsFor for each place that the data may take, the fastest first: the layout under a schedule
 * @returns the layout; the leanest where none fits
 * @throws {GpuError} when `{ bytes }` is too little for any schedule; says what the leanest takes
 */
export function chooseLayout(
  what: string,
  gpu: Gpu,
  policy: MemoryPolicy,
  layoutsFor: readonly LayoutFor[],
): Layout {
  const budget = budgetOf(gpu, policy);
  let layout: Layout;
  for (const layoutFor of layoutsFor) {
    for (layout of candidates(policy, layoutFor)) if (fits(gpu, layout.buffers, budget)) return layout;
  }
  if (policy === "auto" || !chooses(policy)) return layout!;
  throw new GpuError(
    `Cannot ${what} as its buffers must fit in memory: { bytes: ${budget} }: ` +
      `current sum is ${totalOf(layout!.buffers)} bytes even with ${showSchedule({ checkpoints: 1 })}`,
    { label: "buffers" },
  );
}

/** The layouts that a policy may take for a place of the data, the fastest first. */
function* candidates(policy: MemoryPolicy, layoutFor: LayoutFor): Generator<Layout> {
  const under = function* (schedule: MemorySchedule): Generator<Layout, Layout> {
    const layout = layoutFor(schedule, true);
    yield layout;
    if (layout.resident?.readsTexels) yield layoutFor(schedule, false);
    return layout;
  };
  const { model } = yield* under(firstSchedule(policy));
  if (!chooses(policy)) return;
  for (const schedule of leanerSchedules(model.shapes.length)) yield* under(schedule);
}

/** The schedules behind `"store"` from the fastest to the leanest; checkpoints by powers of two. */
function* leanerSchedules(numValues: number): Generator<MemorySchedule> {
  yield "recompute";
  for (let n = 2 ** Math.floor(Math.log2(numValues)); n >= 1; n /= 2) yield { checkpoints: n };
}
