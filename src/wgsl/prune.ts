/**
 * Pruning: branches that the constants of a use rule out are left out of an op's text, so that no driver has to read
 * them and fold them away. Spaces take their place: all else stays on its line and column. What a branch leaves behind it
 * that is always taken and returns goes with them, where that can be told by its last statement.
 *
 * @module
 */
import { knownValues } from "./known_values.ts";
import { closing, withoutComments } from "./op_text.ts";

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
  const valueOf = knownValues(text, constants);
  for (const { index } of [...text.matchAll(/\bif\b/g)]) {
    if (text.slice(index, index + 2) !== "if") continue;
    const open = text.indexOf("{", index);
    const condition = valueOf(text.slice(index + 2, open));
    if (condition === null || !("bool" in condition)) continue;
    const end = closing(text, open);
    const before = text.slice(0, index).match(/\belse\s*$/)?.index;
    const after = text.slice(end).match(/^\s*else\b/)?.[0].length ?? 0;
    if (condition.bool) {
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
