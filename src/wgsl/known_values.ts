/**
 * Expressions of an op's text that the constants of a use decide.
 *
 * @module
 */
import { valueOf } from "./constant_expression.ts";
import { declared, NotStatic, type Value } from "./static_values.ts";

/**
 * Tells the values of expressions of integers, constants of the use and of the module, and operators; null for others.
 *
 * @param text the text of the op, without comments
 * @param constants the constants of the use
 */
export function knownValues(
  text: string,
  constants: Readonly<Record<string, number>>,
): (expression: string) => Value | null {
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
  return (expression) => {
    try {
      return valueOf(expression, constantOf);
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
