/**
 * What the WGSL of an op says about itself: its functions, and which names of `io` each of them reaches.
 *
 * @module
 */

/** One function of an op file. */
export interface OpFunction {
  /** Its name: `forward`, `adjointU`, or a function of the op's own. */
  readonly name: string;
  /** The names of its parameters. */
  readonly parameters: readonly string[];
  /** Whether it returns something: a summand, where it is `forward` or an adjoint. */
  readonly returns: boolean;
  /** The names of `io` that it or a function called by it mentions. */
  readonly reaches: ReadonlySet<string>;
  /**
   * Whether it touches no element of a tensor but the one that its first parameter names, and always writes it. Told by
   * the text: no branches, and all indices are that parameter.
   */
  readonly isPointwise: boolean;
  /** Whether all it does is to hand on the cotangent of the result, element by element. */
  readonly handsOn: boolean;
  /** Whether all it does is to add two tensors, element by element. */
  readonly isSum: boolean;
}

/** An op file, scanned. */
export interface OpText {
  /** The names imported from `super::io`. */
  readonly imports: readonly string[];
  /** Its functions by name. */
  readonly functions: ReadonlyMap<string, OpFunction>;
}

/**
 * WGSL without its comments; block comments may hold others, and become spaces. Line breaks stay.
 */
export function withoutComments(wgsl: string): string {
  let depth = 0;
  let isLine = false;
  return wgsl.replace(/\/\*|\*\/|\/\/|[^]/g, (token) => {
    if (token === "\n") isLine = false;
    else if (isLine) return "";
    else if (token === "/*") depth++;
    else if (token === "*/" && depth > 0) {
      depth--;
      return "  ";
    } else if (token === "//" && depth === 0) {
      isLine = true;
      return "";
    }
    return depth === 0 || token === "\n" ? token : " ".repeat(token.length);
  });
}

/** Where a block ends, behind the brace that closes the one at `open`. */
export function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i + 1;
  }
  return text.length;
}

/** The names in a text: not the suffixes of numbers (`0u`), not the members of structs (`a.u`). */
const wordsOf = (text: string): Set<string> => new Set(text.match(/(?<![\w.])[A-Za-z_]\w*/g));

/** The parts of a list between commas that stand outside of brackets. */
function listed(text: string): string[] {
  let depth = 0;
  const parts = [""];
  for (const c of text) {
    if ("<(".includes(c)) depth++;
    if (">)".includes(c)) depth--;
    if (c === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** `setUBar(i, vBar(i));` */
const HANDS_ON = /^set[A-Z]\w*Bar\(\w+,vBar\(\w+\)\);$/;
/** `setV(i, a(i) + b(i));` */
const SUM = /^setV\(\w+,\w+\(\w+\)\+\w+\(\w+\)\);$/;

/**
 * Scans the text of an op.
 *
 * @param name the op's name, for messages
 * @param wgsl its text
 * @throws {SyntaxError} when a local bears a name imported from `io` (the linker would not rename its uses, and the
 * kernel would read the wrong thing)
 */
export function scanOp(name: string, wgsl: string): OpText {
  const text = withoutComments(wgsl);
  const imports = [...text.matchAll(/super::io::(?:\{([^}]*)\}|(\w+))/g)]
    .flatMap((m) => listed(m[1] ?? m[2]!));
  const renamed = imports.find((i) => !/^\w+$/.test(i)) ?? text.match(/super::io\s*;/)?.[0];
  if (renamed !== undefined) {
    throw new SyntaxError(
      `Cannot define op ${name} as it must import names of io as they are, super::io::{u, setV}: ` +
        `current import is ${renamed}`,
    );
  }
  const bodies = new Map<
    string,
    { parameters: string[]; returns: boolean; words: Set<string>; body: string }
  >();
  for (const m of text.matchAll(/\bfn\s+(\w+)\s*\(([^)]*)\)\s*(->[^{]+)?\{/g)) {
    const open = m.index + m[0].length - 1;
    const body = text.slice(open, closing(text, open));
    const parameters = listed(m[2]!).map((p) => p.split(":")[0]!.trim());
    for (const local of body.matchAll(/\b(?:let|var|const)\s+(\w+)/g)) {
      if (imports.includes(local[1]!)) {
        throw new SyntaxError(
          `Cannot define op ${name} as no local may bear a name imported from io: ` +
            `current local in ${m[1]} is ${local[1]}`,
        );
      }
    }
    bodies.set(m[1]!, { parameters, returns: m[3] !== undefined, words: wordsOf(body), body });
  }
  const closureOf = (fn: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(fn)) return seen;
    seen.add(fn);
    for (const word of bodies.get(fn)!.words) if (bodies.has(word)) closureOf(word, seen);
    return seen;
  };
  const accessesIn = (fn: string) =>
    [...bodies.get(fn)!.body.matchAll(/\b(\w+)\s*\((?=\s*([^,)]*))/g)].filter((m) => imports.includes(m[1]!));
  const isPointwise = (fn: string, [, ...helpers]: readonly string[]): boolean => {
    const { parameters, returns, body } = bodies.get(fn)!;
    const isOwn = ([, tensor, index]: RegExpMatchArray) =>
      !tensor!.endsWith("4") && index!.trim() === parameters[0];
    const isShadowed = new RegExp(`\\b(let|var|const)\\s+${parameters[0]}\\b`).test(body);
    const readsItself = fn === "forward" && accessesIn(fn).some(([, tensor]) => tensor === "v");
    return !returns && !isShadowed && !readsItself && !/\b(if|switch|for|while|loop|return)\b/.test(body) &&
      accessesIn(fn).every(isOwn) && helpers.every((helper) => accessesIn(helper).length === 0);
  };
  const isAlone = (fn: string, statement: RegExp) =>
    statement.test(bodies.get(fn)!.body.slice(1, -1).replaceAll(/\s/g, ""));
  const functions = new Map([...bodies].map(([fn, { parameters, returns }]) => {
    const closure = [...closureOf(fn)];
    const reaches = new Set(closure.flatMap((f) => imports.filter((i) => bodies.get(f)!.words.has(i))));
    const own = isPointwise(fn, closure);
    return [fn, {
      name: fn,
      parameters,
      returns,
      reaches,
      isPointwise: own,
      handsOn: own && isAlone(fn, HANDS_ON),
      isSum: own && isAlone(fn, SUM),
    }] as const;
  }));
  return { imports, functions };
}

/** `u` -> `adjointU`, the rule for u. */
export function adjointOf(tensor: string): string {
  return `adjoint${tensor[0]!.toUpperCase()}${tensor.slice(1)}`;
}

/** `uBar` -> `setUBar`, the function that writes it. */
export function setterOf(tensor: string): string {
  return `set${tensor[0]!.toUpperCase()}${tensor.slice(1)}`;
}
