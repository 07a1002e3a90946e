/**
 * Texts of ops, and the orders in which their functions read inputs.
 *
 * @module
 */
import type { Shape } from "../ndarray.ts";
import { type OpText, scanOp } from "../wgsl/op_text.ts";

/** A text of an op. */
export interface OpForm {
  /** Its name; also its label on the device. */
  readonly name: string;
  /** The math of one sample. */
  readonly wgsl: string;
  /**
   * What the text says about itself.
   *
   * @ignore for graphs
   */
  readonly text: OpText;
}

/** An order in which a function reads an input, four numbers at a time. */
export interface Packed<In extends string = string> {
  /** The input. */
  readonly input: In;
  /**
   * The order of a use.
   *
   * @param constants the constants of the use
   */
  order(constants: Readonly<Record<string, number>>): PackedOrder;
}

/** A tensor as a function reads it: its axes, and which element of the input stands where. */
export interface PackedOrder {
  /** The lengths of its axes, the last one a multiple of 4. */
  readonly shape: Shape;
  /** The element of the input at a place; null where a 0 stands. */
  elementAt(place: readonly number[]): number | null;
}

/** The texts of a second form, whose functions read in orders of their own only what `packed` says. */
export function blockedForms(
  op: string,
  inputs: readonly string[],
  texts: readonly string[],
  packed: Readonly<Record<string, Packed>>,
): OpForm[] {
  const forms = texts.map((text) => opForm(`${op}_block`, text));
  for (const { text } of forms) {
    for (const { name, reaches } of text.functions.values()) {
      if (!/^(forward$|adjoint)/.test(name)) continue;
      const read = inputs.filter((input) => reaches.has(`${packedName(input)}4`));
      const given = packed[name]?.input;
      if (read.every((input) => input === given)) continue;
      throw new TypeError(
        `Cannot define op ${op} as packed must give an order for each input that a function reads packed: ` +
          `${name} reads ${read.join(" and ")}, current packed.${name} is ${
            given === undefined ? "none" : `of ${given}`
          }`,
      );
    }
  }
  return forms;
}

/** The name in an op's text of an input that is read in an order of the function's own. */
export function packedName(input: string): string {
  return `${input}Packed`;
}

/** A text with what it says about itself. */
export function opForm(name: string, wgsl: string): OpForm {
  return { name, wgsl, text: scanOp(name, wgsl) };
}
