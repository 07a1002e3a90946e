/**
 * Placement: where trajectories lie, decided by counted bytes before anything is allocated.
 *
 * Kernels read snapshot t of a window at `windows[...] + t` of the buffer `data`, or of its copy in a texture. That buffer
 * holds the trajectories whole, or only the windows of a few updates, each from its first snapshot on. What fills it does
 * not change what a kernel reads, and so no bit.
 *
 * @module
 */
import type { Recording } from "../tape/tape.ts";
import type { BufferSpec } from "./resources.ts";
import type { Trajectories } from "./trajectories.ts";

/** A buffer `data` that holds windows one behind the other. */
export interface WindowBuffer {
  /** How many there are at a time. */
  readonly numWindows: number;
  /** Snapshots of a window that are read. */
  readonly windowLength: number;
}

/**
 * Where trajectories lie.
 *
 * - `"whole"`: in `data`, where kernels read them
 * - `"slabs"`: in buffers of whole samples on the device; windows are copied to `data` from there
 * - `"streamed"`: with the host or in a file; windows are read from there and written to `data`
 */
export type Placement =
  | { readonly kind: "whole" }
  | WindowBuffer & { readonly kind: "slabs"; readonly samplesPerSlab: number }
  | WindowBuffer & { readonly kind: "streamed" };

/** Trajectories where kernels read them. */
export const WHOLE: Placement = { kind: "whole" };

/** The key of a slab among the buffers. */
export function slabKey(slab: number): string {
  return `slab ${slab}`;
}

/** The bytes of `data`. */
export function dataBytes(trajectories: Trajectories, placement: Placement): number {
  return placement.kind === "whole" ? trajectories.bytes : windowBytes(trajectories, placement);
}

/** The buffers of trajectories. */
export function dataBuffers(trajectories: Trajectories, placement: Placement): BufferSpec[] {
  const data = (key: string, bytes: number): BufferSpec => ({ key, kind: "data", bytes });
  const read = data("data", dataBytes(trajectories, placement));
  if (placement.kind !== "slabs") return [read];
  const { numSamples } = trajectories;
  const { samplesPerSlab } = placement;
  const slabs = Array.from({ length: Math.ceil(numSamples / samplesPerSlab) }, (_, i) => {
    const samples = Math.min(samplesPerSlab, numSamples - i * samplesPerSlab);
    return data(slabKey(i), samples * trajectories.bytes / numSamples);
  });
  return [read, ...slabs];
}

/** The bytes of windows on the device. */
function windowBytes({ stride }: Trajectories, { numWindows, windowLength }: WindowBuffer): number {
  return 4 * numWindows * windowLength * stride;
}

/** How many snapshots of each window a recording reads. */
export function windowLengthOf({ values }: Recording): number {
  return 1 + values.reduce((last, value) => value.kind === "snapshot" ? Math.max(last, value.time) : last, 0);
}

/** The placement for windows that do not change: only they are uploaded, unless the trajectories take no more. */
export function placeFixedWindows(trajectories: Trajectories, windows: WindowBuffer): Placement {
  return windowBytes(trajectories, windows) < trajectories.bytes ? { kind: "streamed", ...windows } : WHOLE;
}

/** The windows that updates read. */
export interface UpdateWindows {
  /** Snapshots of a window that are read. */
  readonly windowLength: number;
  /** Windows of one update, those of all members. */
  readonly windowsPerUpdate: number;
  /** How many updates are made between two looks of the host, at most. */
  readonly maxUpdates: number;
}

/** A placement, and how many updates the host writes ahead under it. */
export interface UpdatePlacement {
  /** Where the trajectories lie. */
  readonly placement: Placement;
  /** How many updates are made between two looks of the host. */
  readonly updates: number;
}

/**
 * Windows on the device take at most this many bytes, unless one update needs more. A chunk is read, written and
 * computed on while the next is read, so three lie with the host; larger ones would not be faster.
 */
const CHUNK_BYTES = 32 * 2 ** 20;
/** The share of the room for all buffers that windows take at most, unless one update needs more. */
const CHUNK_SHARE = 1 / 8;

/**
 * The placements that training may take, the fastest first: whole where they fit in one binding, else in slabs, both
 * only where they fit in the room for all buffers; streamed where that takes less.
 *
 * @param trajectories the trajectories
 * @param updates the windows that updates read
 * @param room how many bytes there are for all buffers
 * @param maxBindingBytes how many bytes one buffer may have
 */
export function placementsFor(
  trajectories: Trajectories,
  { windowLength, windowsPerUpdate, maxUpdates }: UpdateWindows,
  room: number,
  maxBindingBytes: number,
): UpdatePlacement[] {
  const { bytes, numSamples } = trajectories;
  const bytesPerUpdate = windowBytes(trajectories, { numWindows: windowsPerUpdate, windowLength });
  const chunk = Math.min(CHUNK_BYTES, CHUNK_SHARE * room, maxBindingBytes);
  const updates = Math.max(1, Math.min(maxUpdates, Math.floor(chunk / bytesPerUpdate)));
  const windows = { numWindows: updates * windowsPerUpdate, windowLength };
  const streamed: UpdatePlacement = { placement: { kind: "streamed", ...windows }, updates };
  if (bytes <= maxBindingBytes) {
    const whole = { placement: WHOLE, updates: maxUpdates };
    const candidates = [
      ...(bytes <= room ? [whole] : []),
      ...(updates * bytesPerUpdate < bytes ? [streamed] : []),
    ];
    return candidates.length > 0 ? candidates : [whole];
  }
  const samplesPerSlab = Math.floor(maxBindingBytes / (bytes / numSamples));
  const slabs: UpdatePlacement = { placement: { kind: "slabs", samplesPerSlab, ...windows }, updates };
  return bytes <= room && samplesPerSlab >= 1 ? [slabs, streamed] : [streamed];
}

/** Where trajectories lie, in words. */
export function describePlacement(trajectories: Trajectories, placement: Placement): string {
  const { numSamples, numSnapshots } = trajectories;
  const what = `${numSamples} trajectories of ${numSnapshots} snapshots`;
  switch (placement.kind) {
    case "whole":
      return `${what} lie in one buffer, where kernels read them`;
    case "slabs":
      return `${what} lie in ${Math.ceil(numSamples / placement.samplesPerSlab)} slabs on the device, ` +
        `from where ${placement.numWindows} windows at a time are copied`;
    case "streamed":
      return `of ${what}, ${placement.numWindows} windows at a time are on the device`;
  }
}
