/**
 * Splits TypeScript and WGSL into tokens: enough to find operators, literals and imports outside of comments
 * and strings.
 *
 * @module
 */

/** The languages that are understood. */
export type Language = "ts" | "wgsl";

/** A token. Comments and white space are none. */
export interface Token {
  /** Template literals give one `string` for each piece of text; regular expressions are strings, too. */
  readonly kind: "word" | "number" | "string" | "op";
  /** As it is written. */
  readonly text: string;
  /** Offset of its first character. */
  readonly start: number;
}

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[#@]?[\p{L}_$][\p{L}\p{N}_$]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+[uin]?|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[uifhn]?/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const REGEXP = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
const OP =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|->|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\*\*|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|::|[^\s]/uy;

/** Words after which an expression starts, so that `-` is a sign and `/` a regular expression. */
const PREFIX_WORDS = new Set(
  ("return case typeof in of instanceof new void delete throw do else yield await extends default export function " +
    "satisfies as keyof")
    .split(" "),
);

/** Whether an operator that follows the first `count` tokens has them as its left operand. */
export function endsOperand(tokens: readonly Token[], count: number): boolean {
  const last = tokens[count - 1];
  if (last === undefined) return false;
  if (last.kind === "word") return !PREFIX_WORDS.has(last.text);
  if (last.kind !== "op" || [")", "]", "}"].includes(last.text)) return true;
  return ["!", "++", "--"].includes(last.text) && endsOperand(tokens, count - 1);
}

/** The tokens of a text, in order. What is no token of the language comes as `op` of one character. */
export function tokenize(source: string, language: Language): Token[] {
  const tokens: Token[] = [];
  const templates: number[] = []; // for each open `${`, how many braces are open inside
  let at = 0;
  const take = (pattern: RegExp, kind?: Token["kind"]): boolean => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (!text) return false;
    if (kind) tokens.push({ kind, text, start: at });
    at += text.length;
    return true;
  };
  const templateText = () => {
    take(TEXT, "string");
    const close = source[at] === "$" ? "${" : "`";
    if (close === "${") {
      templates.push(0);
      tokens.push({ kind: "op", text: close, start: at });
    }
    at += close.length;
  };
  while (at < source.length) {
    if (take(SPACE) || take(WORD, "word") || take(NUMBER, "number")) continue;
    if (language === "ts") {
      if (take(STRING, "string")) continue;
      if (source[at] === "/" && !endsOperand(tokens, tokens.length) && take(REGEXP, "string")) continue;
      if (source[at] === "`") {
        at++;
        templateText();
        continue;
      }
    }
    take(OP, "op");
    const op = tokens.at(-1)!.text;
    if (templates.length > 0 && op === "{") templates.push(templates.pop()! + 1);
    if (templates.length > 0 && op === "}") {
      const open = templates.pop()!;
      if (open > 0) templates.push(open - 1);
      else templateText();
    }
  }
  return tokens;
}

/** Line and column of an offset, both from 1. */
export function position(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
