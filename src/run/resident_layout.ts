/**
 * The layout of the resident runner: its kernel's text, its table, and where everything lies in one buffer of samples.
 *
 * @module
 */
import { countNumbers, type ResidentText } from "../wgsl/resident_table.ts";
import { SNAPSHOT_TEXELS } from "../wgsl/resident.ts";
import { TEXEL_BYTES } from "../gpu/memory.ts";
import { dataBytes, WHOLE } from "./placement.ts";
import { textureBytes, textureRows } from "./texels.ts";
import type { DeviceTraits, Layout } from "./layout.ts";
import { numPages, pagesOf } from "./resident_pages.ts";
import { residentTextOf } from "./resident_units.ts";
import type { BufferSpec, ByteKind } from "./resources.ts";
import { strideOf } from "./strides.ts";

/** The most updates of a launch: of the about 20 us that a launch costs, little is then left for each of them. */
export const SPAN_UPDATES = 64;
/** The least lanes of a workgroup where the device gives it more: fewer fill no GPU's vector. */
const MIN_LANES = 32;

/** What the resident runner needs. */
export interface ResidentLayout {
  /** What its kernel can do. */
  readonly text: ResidentText;
  /** The lanes of a workgroup. */
  readonly lanes: number;
  /** Whether it reads snapshots from the texture. */
  readonly readsTexels: boolean;
  /** The pages of the table. */
  readonly pages: Uint32Array<ArrayBuffer>;
  /** Whether any entry is an exchange in the outermost loop of the kernel. */
  readonly hasExchanges: boolean;
  /** Whether any entry sets a state midway. */
  readonly hasMidway: boolean;
  /** How often the loops of a lane turn at most in an update, or in a page of it, given the turns of the ops of an entry. */
  readonly turns: (opTurns: number) => number;
  /** Its buffers beside those of every plan. */
  readonly buffers: readonly BufferSpec[];
}

/** The lanes for a batch: as many as rows, in powers of two. */
export function lanesFor(batch: number, maxLanes: number): number {
  return Math.min(maxLanes, Math.max(MIN_LANES, 2 ** Math.ceil(Math.log2(batch))));
}

/**
 * The resident runner's part of a layout.
 *
 * @param layout the rest of it
 * @param device what it depends on of the device
 */
export function residentLayoutOf(
  { model, slots, units, parameters, options }: Omit<
    Layout,
    "resident" | "buffers" | "actions" | "records"
  >,
  { alignment, maxLanes, maxTextureRows, maxLoopTurns }: DeviceTraits,
): ResidentLayout {
  const { trajectories, placement = WHOLE, batch, members, hasSnapshotTexels = false } = options;
  const text = residentTextOf(units, options.stepper, trajectories.snapshotShape);
  const lanes = lanesFor(batch, maxLanes);
  const rows = batch * members;
  let floats = text.constants;
  const starts = new Map<string, number>();
  for (const [pool, count] of slots.sizes) {
    const [, stride] = pool.split(" ");
    if (stride === undefined) continue; // activations stay in registers
    starts.set(pool, floats);
    floats += count * rows * Number(stride);
  }
  const addressOf = (pool: string, slot: number) =>
    (starts.get(pool)! + slot * rows * Number(pool.split(" ")[1])) / 4;
  const floatsOfLane = Math.ceil((countNumbers(text.summed) + model.lossOfTerm.length) / 4) * 4;
  const places = { addressOf, snapshotStride: strideOf(trajectories.snapshotShape) };
  const partials = { start: floats / 4, floatsOfLane };
  const limits = { lanes, samples: Math.ceil(batch / lanes), maxLoopTurns };
  const { pages, hasExchanges, hasMidway, turns } = pagesOf(model, slots, text, places, partials, limits);
  floats += numPages(pages) * lanes * members * floatsOfLane;
  const fours = dataBytes(trajectories, placement) / TEXEL_BYTES;
  const readsTexels = hasSnapshotTexels && textureRows(fours) <= maxTextureRows;
  const spec = (key: string, kind: ByteKind, bytes: number): BufferSpec => ({ key, kind, bytes });
  const texels: BufferSpec = { ...spec(SNAPSHOT_TEXELS, "data", textureBytes(fours)), isTexture: true };
  const buffers = [
    ...(readsTexels ? [texels] : []),
    spec("samples", "states", 4 * floats),
    spec("parameters", "parameters", 4 * members * parameters.length),
    spec("gradient", "parameters", 4 * members * parameters.length),
    spec("page", "tables", pages.byteLength),
    spec("span", "tables", SPAN_UPDATES * alignment),
  ].filter(({ bytes }) => bytes > 0);
  return { text, lanes, readsTexels, pages, hasExchanges, hasMidway, turns, buffers };
}
