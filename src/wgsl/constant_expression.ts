/**
 * Expressions of integer constants, as conditions of branches have them.
 *
 * @module
 */
import { binary, convert, declared, NotStatic, unary, type Value } from "./static_values.ts";

const TOKEN = /\d[\w.]*|[A-Za-z_]\w*|<<|>>|[<>=!]=|&&|\|\||\S/g;

/** Operators between two operands, the loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|", "^", "&"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/**
 * The value of an expression of constants.
 *
 * @param text the expression, as WGSL
 * @param constantOf the value of a constant; throws {@linkcode NotStatic} where it has none
 * @throws {NotStatic} when the expression has anything but integers, constants, operators, brackets, `u32` and `i32`
 */
export function valueOf(text: string, constantOf: (name: string) => Value): Value {
  const tokens = text.match(TOKEN) ?? [];
  let at = 0;
  const operation = (level: number): Value => {
    if (level === LEVELS.length) return operand();
    let left = operation(level + 1);
    while (LEVELS[level]!.includes(tokens[at] ?? "")) {
      left = combined(tokens[at++]!, left, operation(level + 1));
    }
    return left;
  };
  const operand = (): Value => {
    const token = tokens[at++] ?? "";
    if (token === "-" || token === "!") return unary(token, operand());
    if (token === "(") return bracket();
    if (tokens[at] === "(" && /^[ui]32$/.test(token)) {
      at++;
      return convert(token, bracket());
    }
    return /^\d/.test(token) ? literal(token) : constantOf(token);
  };
  const bracket = (): Value => {
    const inner = operation(0);
    if (tokens[at++] !== ")") throw new NotStatic("a bracket");
    return inner;
  };
  const value = operation(0);
  if (at < tokens.length) throw new NotStatic(tokens[at]!);
  return value;
}

function literal(token: string): Value {
  const [, digits, suffix] = token.match(/^(\d+)([iu]?)$/) ?? [];
  if (digits === undefined) throw new NotStatic("a fraction");
  const type = suffix === "u" ? "u32" : suffix === "i" ? "i32" : undefined;
  const value: Value = { int: Number(digits), type: "abstract" };
  return type ? declared(type, value) : value;
}

function combined(operator: string, a: Value, b: Value): Value {
  if (operator !== "&&" && operator !== "||") return binary(operator, a, b);
  if (!("bool" in a && "bool" in b)) throw new NotStatic(operator);
  return { bool: operator === "&&" ? a.bool && b.bool : a.bool || b.bool };
}
