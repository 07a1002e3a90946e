/**
 * Packing: what blocked functions read in an order of their own, gathered from a flat buffer.
 *
 * @module
 */
import { TEXEL_BYTES } from "../gpu/memory.ts";
import { type Call, readsOf } from "../graph/graph.ts";
import type { OpDefinition } from "../graph/op.ts";
import type { PackedOrder } from "../graph/op_form.ts";
import type { VarInfo } from "../graph/var.ts";
import { showShape, sizeOf } from "../ndarray.ts";
import type { FlatLayout } from "./flat.ts";
import { launchedCalls } from "./launched.ts";
import type { Unit } from "./model.ts";
import { type BufferSpec, constantPath, constantsKey } from "./resources.ts";
import { textureBytes, textureRows } from "./texels.ts";

/** Where the leaves of a unit lie, and what is packed of them. */
export interface Layouts {
  /** The trained parameters. */
  readonly parameters: FlatLayout;
  /** The constants of the unit: fixed numbers, and parameters that are not trained. */
  readonly constants: FlatLayout;
  /** Whether the unit's own parameters are the trained ones. */
  readonly isTrained: boolean;
  /** What is packed of the trained parameters, for all units. */
  readonly packedParameters: PackedLayout;
  /** What is packed of the constants. */
  readonly packedConstants: PackedLayout;
}

/** A unit, and where its constants lie. */
interface LaidOut {
  readonly unit: Unit;
  readonly constants: FlatLayout;
  readonly isTrained: boolean;
}

/**
 * Where the leaves of units lie, with what is packed of them.
 *
 * @param units the units
 * @param parameters where the trained parameters lie
 */
export function layoutsOf(units: readonly LaidOut[], parameters: FlatLayout): Layouts[] {
  const packedParameters = new PackedLayout(
    units.filter(({ isTrained }) => isTrained).map(({ unit }) => unit),
    ({ source }) => source.kind === "parameter" ? parameters.offsetOf(source.path) : null,
  );
  return units.map(({ unit, constants, isTrained }) => {
    const packedConstants = new PackedLayout([unit], ({ id, source }) => {
      if (source.kind === "constant") return constants.offsetOf(constantPath(id));
      return source.kind === "parameter" && !isTrained ? constants.offsetOf(source.path) : null;
    });
    return { parameters, constants, isTrained, packedParameters, packedConstants };
  });
}

/** The key of the packed tensors of a flat buffer. */
export function packedKey(source: string): string {
  return `${source} packed`;
}

/** The key of the table with their order. */
export function packedOrderKey(source: string): string {
  return `${source} packed order`;
}

/** The key of the table with their records. */
export function packedRecordsKey(source: string): string {
  return `${source} packed records`;
}

/** Every device can bind at multiples of this many bytes. */
const RECORD_ALIGNMENT = 256;
const RECORD_BYTES = 16;

/** A tensor of the flat buffer in the order of one function, its first four, and which record it has. */
interface PackedTensor {
  readonly fn: string;
  readonly order: PackedOrder;
  readonly firstElement: number;
  readonly size: number;
  readonly firstFour: number;
  readonly record: number;
}

/** The packed tensors of a flat buffer, one behind the other. */
export class PackedLayout {
  /** How many fours they are together. */
  readonly length: number;
  readonly #tensors: readonly PackedTensor[];
  readonly #records = new Map<OpDefinition, Map<string, number>>();

  /**
   * @param units whose calls read them
   * @param elementOf the first element of a variable in the flat buffer; null where it is not in there
   * @throws {TypeError} when an order has a shape that does not end in fours
   */
  constructor(units: readonly Unit[], elementOf: (variable: VarInfo) => number | null) {
    const tensors: PackedTensor[] = [];
    let length = 0;
    for (const unit of units) {
      for (const call of launchedCalls(unit)) {
        for (const { id, isPacked } of readsOf(call)) {
          const variable = unit.graph.vars[id]!;
          const firstElement = isPacked ? elementOf(variable) : null;
          if (firstElement === null) continue;
          const { op } = call.node;
          const ofOp = this.#records.get(op) ?? new Map<string, number>();
          this.#records.set(op, ofOp);
          const key = keyOf(call, firstElement);
          if (ofOp.has(key)) continue;
          ofOp.set(key, tensors.length);
          const order = orderOf(call);
          const fn = `${op.name}.${call.fn}`;
          const size = sizeOf(variable.shape);
          tensors.push({ fn, order, firstElement, size, firstFour: length, record: tensors.length });
          length += sizeOf(order.shape) / 4;
        }
      }
    }
    this.length = length;
    this.#tensors = tensors;
  }

  /**
   * Whether they lie in a texture, or else in a buffer.
   *
   * @param members how many rows the flat buffer has
   * @param maxTextureRows how many rows a texture may have
   */
  isTexture(members: number, maxTextureRows: number): boolean {
    return textureRows(this.length * members) <= maxTextureRows;
  }

  /** The stretch of the table of records that holds the one of what a call reads of the tensor at an element. */
  recordOf(call: Call, firstElement: number): { readonly offset: number; readonly bytes: number } {
    const record = this.#records.get(call.node.op)!.get(keyOf(call, firstElement))!;
    return { offset: record * RECORD_ALIGNMENT, bytes: RECORD_BYTES };
  }

  /** The stretch of that table that says how long the rows of the flat buffer are, and how many there are. */
  get rowsRecord(): { readonly offset: number; readonly bytes: number } {
    return { offset: this.#tensors.length * RECORD_ALIGNMENT, bytes: RECORD_BYTES };
  }

  /** The bytes of the table of records. */
  get recordBytes(): number {
    return (this.#tensors.length + 1) * RECORD_ALIGNMENT;
  }

  /**
   * The table of records: for each tensor its first four, and how far apart those of two members are; behind them that of
   * the rows.
   *
   * @param length the floats of a row of the flat buffer
   * @param members how many rows it has; what has one row is the same for all members
   */
  records(length: number, members: number): Uint32Array<ArrayBuffer> {
    const table = new Uint32Array(this.recordBytes / 4);
    for (const { firstFour, record } of this.#tensors) {
      table.set([firstFour, members > 1 ? this.length : 0], record * RECORD_ALIGNMENT / 4);
    }
    table.set([length, members], this.rowsRecord.offset / 4);
    return table;
  }

  /**
   * The table of the order: for each number its place in a row of the flat buffer, -1 for 0.
   *
   * @throws {RangeError} when an order names an element that its tensor does not have
   */
  order(): Int32Array<ArrayBuffer> {
    const table = new Int32Array(4 * this.length);
    for (const { fn, order: { shape, elementAt }, firstElement, size, firstFour } of this.#tensors) {
      const place = shape.map(() => 0);
      const numbers = sizeOf(shape);
      for (let i = 0; i < numbers; i++) {
        const element = elementAt(place);
        if (element !== null && !(Number.isInteger(element) && element >= 0 && element < size)) {
          throw new RangeError(
            `Cannot pack for ${fn} as elementAt must give an integer in [0, ${size}) or null: ` +
              `current elementAt([${place.join(", ")}]) is ${element}`,
          );
        }
        table[4 * firstFour + i] = element === null ? -1 : firstElement + element;
        for (let axis = shape.length - 1; ++place[axis]! === shape[axis]! && axis > 0; axis--) {
          place[axis] = 0;
        }
      }
    }
    return table;
  }
}

const keyOf = ({ node, fn }: Call, firstElement: number): string =>
  `${firstElement} ${fn} ${JSON.stringify(node.constants)}`;

function orderOf({ node: { op, constants }, fn }: Call): PackedOrder {
  const order = op.packed[fn]!.order(constants);
  const { shape } = order;
  if (shape.length > 0 && shape.at(-1)! % 4 === 0 && shape.every((n) => Number.isSafeInteger(n) && n >= 1)) {
    return order;
  }
  throw new TypeError(
    `Cannot pack for ${op.name}.${fn} as the order must have a shape whose last axis is a multiple of 4: ` +
      `current shape is ${showShape(shape)}`,
  );
}

/** A flat buffer of which something is packed. */
export interface PackedSource {
  /** Its key. */
  readonly key: string;
  /** What is packed of it. */
  readonly packed: PackedLayout;
  /** How many members have a row in it. */
  readonly members: number;
  /** The floats of a row. */
  readonly length: number;
}

/**
 * The memory that packed tensors need: a texture where the device reads those sooner and they fit in one, else a buffer.
 *
 * @param source the flat buffer
 * @param maxTextureRows how many rows a texture may have
 */
export function packedBuffers({ key, packed, members }: PackedSource, maxTextureRows: number): BufferSpec[] {
  const isTexture = packed.isTexture(members, maxTextureRows);
  const fours = packed.length * members;
  const bytes = isTexture ? textureBytes(fours) : TEXEL_BYTES * fours;
  return [
    { key: packedKey(key), kind: "parameters", bytes, isTexture },
    { key: packedOrderKey(key), kind: "tables", bytes: TEXEL_BYTES * packed.length },
    { key: packedRecordsKey(key), kind: "tables", bytes: packed.recordBytes },
  ];
}

/**
 * The flat buffers of units of which something is packed.
 *
 * @param units the units, each with where its leaves lie
 * @param members the members of the ensemble
 */
export function packedSources(
  units: readonly { readonly name: string; readonly layouts: Layouts }[],
  members: number,
): PackedSource[] {
  const ofParameters = units.slice(0, 1).map(({ layouts: { packedParameters, parameters } }) => (
    { key: "parameters", packed: packedParameters, members, length: parameters.length }
  ));
  const ofConstants = units.map(({ name, layouts: { packedConstants, constants } }) => (
    { key: constantsKey(name), packed: packedConstants, members: 1, length: constants.length }
  ));
  return [...ofParameters, ...ofConstants].filter(({ packed }) => packed.length > 0);
}
