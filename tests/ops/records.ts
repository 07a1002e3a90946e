/**
 * Tables of records as tests write them.
 *
 * @module
 */
import type { PassEncoder } from "../../src/gpu/pass.ts";
import { launchWith, type RecordedLaunch } from "../../src/run/kernels.ts";
import { ACTION, type RecordValues, UPDATE } from "../../src/wgsl/record.ts";

const LAYOUTS = { action: ACTION, update: UPDATE };
/** The records lie behind others, at these places of their tables. */
const RECORDS_AT = { action: 1, update: 2 };

/** The table of a record: itself, and others that must not be read. */
export function recordTable(
  name: "action" | "update",
  values: RecordValues,
  alignment: number,
): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(3 * alignment));
  for (let i = 0; i < view.byteLength; i += 4) view.setUint32(i, 1 + i % 5, true);
  LAYOUTS[name].write(view, RECORDS_AT[name] * alignment, values);
  return view;
}

/** Encodes a launch that reads those records. */
export function launchRecorded(pass: PassEncoder, launch: RecordedLaunch, alignment: number): void {
  const { action, update } = RECORDS_AT;
  launchWith(pass, launch, { action: action * alignment, update: update * alignment });
}
