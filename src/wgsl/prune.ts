/**
 * Pruning: branches that the constants of a use rule out are left out of an op's text, so that no driver has to read
 * them and fold them away. Spaces take their place: all else stays on its line and column. What a branch leaves behind it
 * that is always taken and returns goes with them, where that can be told by its last statement.
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
  const clearBehind = (open: number, end: number, last = end) => {
    if (/\breturn\b[^;{}]*;\s*}$/.test(text.slice(open, end))) blank(last, endOfBlock(text, last));
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
      if (before === undefined) clearBehind(open, end, last);
    } else {
      blank(before ?? index, end);
      if (before === undefined) {
        blank(end, end + after);
        const rest = end + text.slice(end).search(/\S/);
        if (text[rest] === "{") clearBehind(rest, closing(text, rest));
      }
    }
  }
  return text;
}

/** Tells conditions that are known; null for one that is not. */
function truths(text: string, constants: Readonly<Record<string, number>>) {
  const module = moduleScope(text);
  const initializers = new Map(
    [...module.matchAll(/\bconst\s+(\w+)\s*(?::\s*(\w+)\s*)?=([^;]*);/g)].map(([, name, type, x]) =>
      [name!, { type, x: x! }] as const
    ),
  );
  // What is declared in functions: their parameters, and what stands nowhere in the module's scope.
  const locals = new Set([
    ...[...text.matchAll(/[(,]\s*(\w+)\s*:/g)].map(([, name]) => name!),
    ...[...text.matchAll(/\b(?:let|var(?:\s*<[^>]*>)?|const)\s+(\w+)/g)]
      .filter(({ index }) => module[index] === " ").map(([, name]) => name!),
  ]);
  const constantOf = (name: string): Value => {
    const own = initializers.get(name);
    if (locals.has(name)) throw new NotStatic(name);
    if (own) return own.type ? declared(own.type, valueOf(own.x, constantOf)) : valueOf(own.x, constantOf);
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

/** A text with spaces in place of all that stands in braces. */
function moduleScope(text: string): string {
  let depth = 0;
  return text.replace(/[^]/g, (c) => {
    if (c === "}") depth--;
    const kept = depth === 0 ? c : " ";
    if (c === "{") depth++;
    return kept;
  });
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
