/**
 * Values of WGSL expressions where some are known: integers and truths as numbers, all else as text.
 *
 * @module
 */

/** An integer that is known. */
export interface StaticInteger {
  /** Its value. */
  readonly int: number;
  /** Its type; `abstract` where the text leaves it open. */
  readonly type: "u32" | "i32" | "abstract";
}

/** What an expression is worth: known, or an expression of its own. */
export type Value =
  | StaticInteger
  | { readonly bool: boolean }
  | { readonly fields: Readonly<Record<string, Value>> }
  | { readonly text: string };

/** What a text does that can only be decided on the device. */
export class NotStatic extends Error {}

/** A number of type f32 as WGSL. */
export function floatText(x: number): string {
  const text = String(Number(x.toPrecision(9)));
  return x < 0 ? `(${text}f)` : `${text}f`;
}

/** A value as WGSL. */
export function textOf(value: Value): string {
  if ("text" in value) return value.text;
  if ("bool" in value) return String(value.bool);
  if ("fields" in value) throw new NotStatic("a struct");
  const suffix = { u32: "u", i32: "i", abstract: "" }[value.type];
  return value.int < 0 ? `(${value.int}${suffix})` : `${value.int}${suffix}`;
}

/** An integer brought into its type. */
function wrapped(x: number, type: StaticInteger["type"]): StaticInteger {
  return { int: type === "u32" ? x >>> 0 : type === "i32" ? x | 0 : x, type };
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => Math.trunc(a / b),
  "%": (a, b) => a % b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a < 0 ? a >> b : a >>> b,
  min: Math.min,
  max: Math.max,
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** The names of functions of two integers that can be evaluated here. */
export function isStaticFunction(name: string): boolean {
  return name === "min" || name === "max";
}

/** An operator, or `min` and `max`, on two values. */
export function binary(operator: string, a: Value, b: Value): Value {
  if ("int" in a && "int" in b) {
    const isShift = operator === "<<" || operator === ">>";
    const type = isShift || a.type !== "abstract" ? a.type : b.type;
    const compare = COMPARISONS[operator];
    if (compare) return { bool: compare(a.int, b.int) };
    if ((operator === "/" || operator === "%") && b.int === 0) throw new NotStatic("a division by zero");
    if (type === "abstract" && "<<>>&|^".includes(operator)) [a.int, b.int].forEach(requireWord);
    const x = exact(ARITHMETIC[operator]!(a.int, b.int));
    if (type === "abstract" && operator === "<<") requireWord(a.int * 2 ** b.int);
    return wrapped(x, type);
  }
  if ("bool" in a && "bool" in b && (operator === "==" || operator === "!=")) {
    return { bool: (a.bool === b.bool) === (operator === "==") };
  }
  return isStaticFunction(operator)
    ? { text: `${operator}(${textOf(a)}, ${textOf(b)})` }
    : { text: `(${textOf(a)} ${operator} ${textOf(b)})` };
}

/** JavaScript's operators on bits see 32 of them. */
function requireWord(x: number): void {
  if (x !== (x | 0)) throw new NotStatic("bits beyond 32");
}

function exact(x: number): number {
  if (!Number.isSafeInteger(x)) throw new NotStatic("a large product");
  return x;
}

/** A prefix operator on a value. */
export function unary(operator: string, a: Value): Value {
  if ("bool" in a && operator === "!") return { bool: !a.bool };
  if ("int" in a && operator === "-") return wrapped(-a.int, a.type);
  return { text: `(${operator}${textOf(a)})` };
}

/** A value as one of a scalar type. */
export function convert(type: string, value: Value): Value {
  if ("int" in value && (type === "u32" || type === "i32")) return wrapped(value.int, type);
  return { text: `${type}(${textOf(value)})` };
}

/** A value that is stored under a declared type: integers without one take it. */
export function declared(type: string | undefined, value: Value): Value {
  if (!("int" in value)) return value;
  if (type === "f32") return convert("f32", value);
  if (value.type !== "abstract") return value;
  return wrapped(value.int, type === "u32" ? "u32" : "i32");
}
