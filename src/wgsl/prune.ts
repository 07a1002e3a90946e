/**
 * Pruning: branches that the constants of a use rule out are left out of an op's text, so that no driver has to read
 * them and fold them away. Spaces take their place: all else stays on its line and column.
 *
 * @module
 */
import { valueOf } from "./constant_expression.ts";
import { closing, withoutComments } from "./op_text.ts";
import { declared, NotStatic, type Value } from "./static_values.ts";

/**
 * The text of an op without comments and without the branches that are never taken. A condition counts as known where
 * it has integers, constants of the use and of the module, and operators only.
 *
 * @param wgsl the text
 * @param constants the constants of the use
 */
export function prune(wgsl: string, constants: Readonly<Record<string, number>>): string {
  let text = withoutComments(wgsl);
  const blank = (from: number, to: number) => {
    text = text.slice(0, from) + text.slice(from, to).replace(/[^\n]/g, " ") + text.slice(to);
  };
  const truthOf = truths(text, constants);
  for (const { index } of [...text.matchAll(/\bif\b/g)]) {
    if (text.slice(index, index + 2) !== "if") continue;
    const open = text.indexOf("{", index);
    const truth = truthOf(text.slice(index + 2, open));
    if (truth === null) continue;
    const end = closing(text, open);
    const before = text.slice(0, index).match(/\belse\s*$/)?.index;
    const after = text.slice(end).match(/^\s*else\b/)?.[0].length ?? 0;
    if (truth) {
      const last = endOfChain(text, end);
      blank(index, open);
      blank(end, last);
      if (before === undefined && /\breturn\b[^;{}]*;\s*}$/.test(text.slice(open, end))) {
        blank(last, endOfBlock(text, last));
      }
    } else {
      blank(before ?? index, end);
      if (before === undefined) blank(end, end + after);
    }
  }
  return text;
}

/** Tells conditions that are known; null for one that is not. */
function truths(text: string, constants: Readonly<Record<string, number>>) {
  const initializers = new Map(
    [...text.matchAll(/^const\s+(\w+)\s*(?::\s*(\w+)\s*)?=([^;]*);/gm)].map(([, name, type, x]) =>
      [name!, { type, x: x! }] as const
    ),
  );
  const locals = new Set([...text.matchAll(/(?<!^)\b(?:let|var|const)\s+(\w+)|[(,]\s*(\w+)\s*:/gm)]
    .map(([, local, parameter]) => local ?? parameter));
  const constantOf = (name: string): Value => {
    const own = initializers.get(name);
    if (locals.has(name)) throw new NotStatic(name);
    if (own) return declared(own.type, valueOf(own.x, constantOf));
    if (!Number.isInteger(constants[name])) throw new NotStatic(name);
    return { int: constants[name]!, type: "abstract" };
  };
  return (condition: string): boolean | null => {
    try {
      const value = valueOf(condition, constantOf);
      return "bool" in value ? value.bool : null;
    } catch (error) {
      if (error instanceof NotStatic) return null;
      throw error;
    }
  };
}

/** Where the branches end that follow one that ends at `end`. */
function endOfChain(text: string, end: number): number {
  const next = text.slice(end).match(/^\s*else\b[^{]*/);
  return next ? endOfChain(text, closing(text, end + next[0].length)) : end;
}

/** Where the block ends, before its closing brace, in which `at` stands. */
function endOfBlock(text: string, at: number): number {
  for (let i = at, depth = 0;; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && depth-- === 0) return i;
  }
}
