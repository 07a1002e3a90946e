/**
 * Records: structs that the host writes, laid out as the WGSL says.
 *
 * @module
 */
// @ts-types="npm:wgsl_reflect@1.6.0/types/index.d.ts"
import { WgslReflect } from "wgsl_reflect";
import { FRAMES_ACTION } from "../../shaders/bundle.ts";

/** The values of a record by the names of its members; vectors are lists. */
export type RecordValues = Readonly<Record<string, number | readonly number[]>>;

/** The layout of one struct of 32-bit scalars and vectors of them. */
export class RecordLayout {
  /** Its size in bytes. */
  readonly size: number;
  readonly #members: ReadonlyMap<string, { readonly offset: number; readonly isFloat: boolean }>;

  /** @param name the struct in `frames/action.wgsl` */
  constructor(name: "Action" | "Update" | "Span") {
    const struct = new WgslReflect(FRAMES_ACTION).structs.find((s) => s.name === name)!;
    this.size = struct.size;
    this.#members = new Map(
      struct.members.map((m) => [m.name, { offset: m.offset, isFloat: m.type.name === "f32" }]),
    );
  }

  /** The word at which a member starts. */
  wordOf(member: string): number {
    return this.#members.get(member)!.offset / 4;
  }

  /**
   * Writes a record; members that are not given become 0.
   *
   * @param view where to write
   * @param at the byte at which the record starts
   * @param values the values by the names of the members
   */
  write(view: DataView, at: number, values: RecordValues): void {
    for (let byte = at; byte < at + this.size; byte += 4) view.setUint32(byte, 0, true);
    for (const name in values) {
      const value = values[name]!;
      const { offset, isFloat } = this.#members.get(name)!;
      const put = (byte: number, x: number) =>
        isFloat ? view.setFloat32(byte, x, true) : view.setUint32(byte, x, true);
      if (typeof value === "number") put(at + offset, value);
      else value.forEach((x, i) => put(at + offset + 4 * i, x));
    }
  }
}

/** The record of an action. */
export const ACTION: RecordLayout = new RecordLayout("Action");
/** The record of an update. */
export const UPDATE: RecordLayout = new RecordLayout("Update");
/** The record of a launch of several updates. */
export const SPAN: RecordLayout = new RecordLayout("Span");
