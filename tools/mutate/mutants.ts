/**
 * Makes the mutants of a text: each changes one operator, comparison or literal.
 *
 * @module
 */
import { endsOperand, position, type Token, tokenize } from "../tokens.ts";

/** One change of one file. */
export interface Mutant {
  /** The file, from the root of the repository. */
  readonly path: string;
  /** Offset of the change. */
  readonly start: number;
  /** Line and column of the change, both from 1. */
  readonly line: number;
  /** See `line`. */
  readonly column: number;
  /** The token that is replaced. */
  readonly token: string;
  /** What stands in its place. */
  readonly replacement: string;
  /** The line as it is, without surrounding space. */
  readonly original: string;
  /** The line as the mutant has it. */
  readonly mutated: string;
}

/** What becomes of an operator that has an operand on both sides. */
const BINARY: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "<<": ">>",
  ">>": "<<",
  ">>>": "<<",
  "&&": "||",
  "||": "&&",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "===": "!==",
  "!==": "===",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
};

/** More of them in WGSL; in TypeScript `|` and `&` mostly join types. */
const BINARY_WGSL: Readonly<Record<string, string>> = { ...BINARY, "&": "|", "|": "&", "^": "&" };

/** Names behind which `<` opens a list of types in WGSL. */
const GENERIC = /^(array|atomic|bitcast|ptr|var|vec[234]|mat[234]x[234]|texture_\w+)$/;

/** WGSL attributes whose numbers lay out memory and bindings; they are read by reflection, not meant. */
const LAYOUT = /^@(group|binding|location|id|align|size)$/;

/** A number one greater, and for 1 also 0; it keeps its suffix, and a float stays one. */
function literals(text: string): string[] {
  const [, digits, suffix] = /^(0x[\da-f_]+|.*?)([uifhn]?)$/i.exec(text)!;
  const value = Number(digits!.replaceAll("_", ""));
  const isFloat = /^[^x]*[.e]/i.test(digits!);
  const show = (x: number) =>
    `${x}${isFloat && Number.isInteger(x) && Math.abs(x) < 1e21 ? ".0" : ""}${suffix}`;
  if (value === 1) return [show(2), show(0)];
  return [show(value + 1 === value ? 2 * value : value + 1)];
}

/** The tokens of a TypeScript file that can be mutated, each with whether it is a binary operator. */
function* candidatesTs(source: string, tokens: readonly Token[]): Generator<[Token, boolean]> {
  let inImport = false;
  for (const [i, token] of tokens.entries()) {
    const isImport = token.text === "import" && !["(", "."].includes(tokens[i + 1]?.text ?? "") &&
      tokens[i - 1]?.text !== ".";
    inImport = (inImport || isImport) && token.text !== ";";
    if (inImport) continue;
    // Formatted code has space around binary operators and none around lists of types.
    const isSpaced = /\s/.test(source[token.start - 1] ?? "") &&
      /\s/.test(source[token.start + token.text.length] ?? "");
    if (endsOperand(tokens, i)) {
      if (token.kind !== "op" || isSpaced) yield [token, token.kind === "op"];
    } else yield [token, false];
  }
}

/** As {@linkcode candidatesTs} for WGSL. */
function* candidatesWgsl(tokens: readonly Token[]): Generator<[Token, boolean]> {
  let skipTo = ""; // what ends an import or a layout attribute
  let depth = 0; // of open lists of types
  for (const [i, token] of tokens.entries()) {
    if (token.text === "import") skipTo = ";";
    else if (LAYOUT.test(token.text)) skipTo = ")";
    if (skipTo !== "") {
      if (token.text === skipTo) skipTo = "";
    } else if (token.text === "<" && GENERIC.test(tokens[i - 1]?.text ?? "")) depth++;
    else if (depth > 0 && /^>+$/.test(token.text)) depth = Math.max(0, depth - token.text.length);
    else yield [token, token.kind === "op" && endsOperand(tokens, i)];
  }
}

/** Where strings of TypeScript hold WGSL, and what tells a message from it. */
const WGSL_IN_STRINGS = /^src\/(wgsl\/|run\/places\.ts)/;
const MESSAGE = /\b(Cannot|must|current)\b/;

/** The candidates inside a string of TypeScript that holds WGSL, a piece of it maybe. */
function* candidatesInString({ text, start }: Token): Generator<[Token, boolean]> {
  if (/^\//.test(text) || MESSAGE.test(text)) return;
  for (const [token] of candidatesWgsl(tokenize(text, "wgsl"))) {
    const around = text.slice(0, token.start).slice(-1) +
      text.slice(token.start + token.text.length).slice(0, 1);
    const isTypeList = /[<>]/.test(token.text) && around.length < 2; // one that holds `${...}`
    if (token.kind === "op" && (/\S/.test(around) || isTypeList)) continue;
    yield [{ ...token, start: start + token.start }, token.kind === "op"];
  }
}

/** All mutants of a file, in the order of its text. */
export function mutantsOf(path: string, source: string): Mutant[] {
  const isWgsl = path.endsWith(".wgsl");
  const tokens = tokenize(source, isWgsl ? "wgsl" : "ts");
  const binary = isWgsl ? BINARY_WGSL : BINARY;
  const candidates = isWgsl ? [...candidatesWgsl(tokens)] : [...candidatesTs(source, tokens)];
  const all = WGSL_IN_STRINGS.test(path)
    ? candidates.flatMap(([t, b]) => t.kind === "string" ? [...candidatesInString(t)] : [[t, b] as const])
    : candidates;
  const mutants: Mutant[] = [];
  for (const [{ kind, text, start }, isBinary] of all) {
    let replacements: string[] = [];
    if (kind === "number") replacements = literals(text);
    else if (kind === "word" && text === "true") replacements = ["false"];
    else if (kind === "word" && text === "false") replacements = ["true"];
    else if (isBinary && text in binary) replacements = [binary[text]!];
    else if (kind === "op" && !isBinary && (text === "-" || text === "!")) replacements = [""];
    const { line, column } = position(source, start);
    for (const replacement of replacements) {
      const mutant = { path, start, line, column, token: text, replacement };
      const lineOf = (s: string) => s.split("\n")[line - 1]!.trim();
      mutants.push({ ...mutant, original: lineOf(source), mutated: lineOf(applyMutant(source, mutant)) });
    }
  }
  return mutants;
}

/** The text of a file with one change. */
export function applyMutant(source: string, m: Pick<Mutant, "start" | "token" | "replacement">): string {
  return source.slice(0, m.start) + m.replacement + source.slice(m.start + m.token.length);
}
