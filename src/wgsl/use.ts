/**
 * One use of an op, as the text of its kernel needs it: the op, its constants, and where its tensors lie.
 *
 * @module
 */
import type { PackedPlace } from "./packed.ts";

/** The text of an op. */
export interface OpModule {
  /** The op's name. */
  readonly name: string;
  /** The math of one sample. */
  readonly wgsl: string;
}

/** An activation that a writer applies, or whose slope it multiplies by. */
export interface Activation {
  /** The op, whose text has `activate` and `slope`. */
  readonly op: OpModule;
  /** Its constants. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Where a tensor of one sample lies: a binding, and the index of its first element in terms of the frame. */
export interface Place {
  /** The name of the binding in the root module. */
  readonly binding: string;
  /** A WGSL expression of `action`, `update`, `sample`, `member`, `group`; the first element's index. */
  readonly base: string;
  /** For a tensor that is read from uniform memory: how many elements the binding covers, a multiple of 4. */
  readonly uniformElements?: number | undefined;
  /** Whether it is read from a texture; default false. */
  readonly isTexture?: boolean;
}

/** A tensor whose every element is a number of the frame, a WGSL expression. */
export interface Uniform {
  /** The expression. */
  readonly expression: string;
}

/** What a write does with what stood there before: replaces it, adds to it, or either, by a WGSL condition. */
export type WriteMode = "set" | "add" | { readonly addsIf: string };

/** The tensor that a use writes. */
export interface Write {
  /** Its name in the op's text: `v`, or a cotangent such as `uBar`. */
  readonly tensor: string;
  /** Where it lies. */
  readonly place: Place;
  /** What the write does. */
  readonly mode: WriteMode;
  /** Where the tensor lies that is added to what is stored. */
  readonly residual?: Place | undefined;
  /** The activation that is applied to what is stored. */
  readonly activate?: Activation | undefined;
  /** The activation whose slope multiplies what is stored, and where its result lies. */
  readonly slope?: { readonly of: Activation; readonly result: Place } | undefined;
  /** Whether the text writes four elements at a time, `setV4(i, x)`: never, too, or always. */
  readonly byFour?: "never" | "too" | "always";
}

/** One use of an op. */
export interface Use {
  /** The op. */
  readonly op: OpModule;
  /** Its constants. */
  readonly constants: Readonly<Record<string, number>>;
  /** Its tensors that are read, by name; a tensor that the text imports and that is not here reads as 0. */
  readonly reads: Readonly<Record<string, Place | Uniform | PackedPlace>>;
  /** Those that the text reads four elements at a time, `u4(i)`, too. */
  readonly readByFour: readonly string[];
  /** The inputs of the op. */
  readonly inputs: readonly string[];
  /** The tensor that is written. */
  readonly write: Write;
  /** Where a text may write cotangents of other inputs along with it: those that are wanted. */
  readonly besides?: readonly Write[] | undefined;
  /** For a function that touches one element alone: whether the kernel reads and writes four at a time around it. */
  readonly fetchesFour?: boolean;
}
