/**
 * Specializing: a function of an op, called with known indices, as statements without loops and branches. What drivers
 * would have to unroll and fold is done here, once, on numbers.
 *
 * @module
 */
// @ts-types="npm:wgsl_reflect@1.6.0/types/index.d.ts"
import { WgslParser } from "wgsl_reflect";
import { constantsText } from "./io.ts";
import { scanOp, withoutComments } from "./op_text.ts";
import { type Ast, constantOf, literalOf, nameOf, Scope, type Statement, zero } from "./syntax.ts";
import {
  binary,
  convert,
  declared,
  isStaticFunction,
  NotStatic,
  textOf,
  unary,
  type Value,
} from "./static_values.ts";

/** How a block ended. */
type Completion = { readonly kind: "next" | "break" | "continue" } | {
  readonly kind: "return";
  readonly value: Value | null;
};

const NEXT: Completion = { kind: "next" };

/** What the specialized statements may refer to outside of them. */
export interface Surroundings {
  /** An element of a tensor that is read, given its index as WGSL. */
  read(tensor: string, index: string): string;
  /** The writer of the tensor that is written, as a name. */
  write(): string;
  /** A function of the op that is called as it is, as a name. */
  call(fn: string): string;
}

/** A call with known indices. */
export interface SpecializedCall {
  /** Its statements. */
  readonly statements: readonly string[];
  /** What it returns; null where it writes. */
  readonly value: string | null;
}

/** How many statements a call may take; one that would need more is left as it is. */
const MAX_STATEMENTS = 4096;

/** Makes the statements of a call with known indices; null where its course depends on what only the device knows. */
export type Specialize = (fn: string, indices: readonly number[]) => SpecializedCall | null;

/**
 * The specializer of one use of an op; null where its text has what the parser does not know.
 *
 * @param use the op and its constants
 * @param around what its statements may refer to
 */
export function specializerOf(
  { op, constants }: {
    readonly op: { readonly name: string; readonly wgsl: string };
    readonly constants: Readonly<Record<string, number>>;
  },
  around: Surroundings,
): Specialize | null {
  const text = withoutComments(op.wgsl).replace(/\bimport\b[^;]*;/g, "");
  let nodes: Ast[];
  try {
    nodes = new WgslParser().parse(`${constantsText(constants)}\n${text}`) as unknown as Ast[];
  } catch {
    return null;
  }
  const specializer = new Specializer(nodes, scanOp(op.name, op.wgsl).imports, around);
  return (fn, indices) => {
    try {
      return specializer.call(fn, indices);
    } catch (error) {
      if (error instanceof NotStatic) return null;
      throw error;
    }
  };
}

/** The functions of one op for one use. */
class Specializer {
  readonly #functions: ReadonlyMap<string, Ast>;
  readonly #imports: ReadonlySet<string>;
  readonly #around: Surroundings;
  #lines: string[] = [];
  #names = 0;
  #steps = 0;

  constructor(nodes: readonly Ast[], imports: readonly string[], around: Surroundings) {
    this.#functions = new Map(nodes.filter((n) => n.astNodeType === "function").map((n) => [n.name, n]));
    this.#imports = new Set(imports);
    this.#around = around;
  }

  call(fn: string, indices: readonly number[]): SpecializedCall {
    this.#lines = [];
    this.#names = 0;
    this.#steps = 0;
    const value = this.#run(this.#functions.get(fn)!, indices.map((int) => ({ int, type: "u32" })));
    return { statements: this.#lines, value: value && textOf(value) };
  }

  #run(fn: Ast, args: readonly Value[]): Value | null {
    const scope = new Scope();
    fn.args!.forEach((arg, i) => scope.declare(arg.name, this.#named(declared(arg.type!.name, args[i]!))));
    const end = this.#block(fn.body, scope);
    if (end.kind !== "return" || end.value === null) return null;
    return declared(fn.returnType?.name, end.value);
  }

  /** A value that may be used several times: an expression gets a name. */
  #named(value: Value): Value {
    if (!("text" in value) || /^(t\d+|[\d.]+f)$/.test(value.text)) return value;
    const name = `t${this.#names++}`;
    this.#emit(`let ${name} = ${value.text};`);
    return { text: name };
  }

  #emit(line: string): void {
    if (this.#lines.push(line) > MAX_STATEMENTS) throw new NotStatic("a long course");
  }

  #block(statements: readonly Statement[], outer: Scope): Completion {
    const scope = new Scope(outer);
    for (const statement of statements) {
      const end = Array.isArray(statement)
        ? this.#block(statement, scope)
        : this.#statement(statement as Ast, scope);
      if (end.kind !== "next") return end;
    }
    return NEXT;
  }

  #statement(s: Ast, scope: Scope): Completion {
    switch (s.astNodeType) {
      case "const":
      case "let":
      case "var": {
        const value = s.value ? this.#value(s.value, scope) : zero(s.type?.name);
        const isOpen = s.astNodeType === "const" && !s.type;
        scope.declare(s.name, this.#named(isOpen ? value : declared(s.type?.name, value)));
        return NEXT;
      }
      case "assign": {
        const value = this.#value(s.value, scope);
        const before = s.operator === "=" ? null : scope.get(nameOf(s.variable));
        scope.set(
          nameOf(s.variable),
          this.#named(before ? binary(s.operator.slice(0, -1), before, value) : value),
        );
        return NEXT;
      }
      case "increment": {
        const one: Value = { int: 1, type: "abstract" };
        scope.set(
          nameOf(s.variable),
          this.#named(binary(s.operator[0]!, scope.get(nameOf(s.variable))!, one)),
        );
        return NEXT;
      }
      case "call":
        this.#callStatement(s, scope);
        return NEXT;
      case "if": {
        if (this.#truth(s.condition!, scope)) return this.#block(s.body, scope);
        const other = s.elseif?.find((branch) => this.#truth(branch.condition!, scope));
        return this.#block(other ? other.body : s.else ?? [], scope);
      }
      case "for":
      case "while":
        return this.#loop(s, new Scope(scope));
      case "return":
        return { kind: "return", value: s.value ? this.#value(s.value, scope) : null };
      case "break":
      case "continue":
        return { kind: s.astNodeType };
    }
    throw new NotStatic(s.astNodeType);
  }

  #loop(s: Ast, scope: Scope): Completion {
    if (s.init) this.#statement(s.init, scope);
    while (s.condition === null || this.#truth(s.condition, scope)) {
      if (++this.#steps > MAX_STATEMENTS) throw new NotStatic("a long loop");
      const end = this.#block(s.body, scope);
      if (end.kind === "return") return end;
      if (end.kind === "break") break;
      if (s.increment) this.#statement(s.increment, scope);
    }
    return NEXT;
  }

  #callStatement({ name, args }: Ast, scope: Scope): void {
    const values = args!.map((arg) => this.#value(arg, scope));
    if (this.#imports.has(name)) this.#emit(`${this.#around.write()}(${values.map(textOf).join(", ")});`);
    else if (this.#functions.has(name)) this.#run(this.#functions.get(name)!, values);
    else throw new NotStatic(name);
  }

  #truth(condition: Ast, scope: Scope): boolean {
    const value = this.#value(condition, scope);
    if ("bool" in value) return value.bool;
    throw new NotStatic("a condition");
  }

  #value(e: Ast, scope: Scope): Value {
    const value = this.#plainValue(e, scope);
    if (!e.postfix) return value;
    const member = e.postfix.astNodeType === "stringExpr" && !e.postfix.postfix && "fields" in value
      ? value.fields[String(e.postfix.value)]
      : undefined;
    if (member === undefined) throw new NotStatic("a part of a value");
    return member;
  }

  #plainValue(e: Ast, scope: Scope): Value {
    switch (e.astNodeType) {
      case "literalExpr":
        return literalOf(e);
      case "varExpr":
      case "constExpr":
        return scope.get(e.name) ?? this.#value(constantOf(e), scope);
      case "unaryOp":
        return unary(e.operator, this.#value(e.right, scope));
      case "binaryOp":
        return this.#operator(e, scope);
      case "bitcastExpr":
        return { text: `bitcast<${e.type!.name}>(${textOf(this.#value(e.value, scope))})` };
      case "createExpr":
      case "typecastExpr": {
        const { type, args } = e;
        const values = (args ?? []).map((arg) => this.#value(arg, scope));
        if (type?.isStruct) {
          return { fields: Object.fromEntries(type.members.map(({ name }, i) => [name, values[i]!])) };
        }
        if (!type || !/^(u32|i32|f32)$/.test(type.name)) throw new NotStatic("a vector");
        return convert(type.name, values[0]!);
      }
      case "callExpr":
        return this.#callValue(e.name, e.args!.map((arg) => this.#value(arg, scope)));
    }
    throw new NotStatic(e.astNodeType);
  }

  #operator({ operator, left, right }: Ast, scope: Scope): Value {
    const a = this.#value(left, scope);
    if ("bool" in a && (operator === "&&" || operator === "||")) {
      return a.bool === (operator === "||") ? a : this.#value(right, scope);
    }
    return binary(operator, a, this.#value(right, scope));
  }

  #callValue(name: string, values: readonly Value[]): Value {
    const texts = () => values.map(textOf).join(", ");
    if (this.#imports.has(name)) return { text: this.#around.read(name, texts()) };
    const own = this.#functions.get(name);
    if (own) return this.#inlined(own, values) ?? { text: `${this.#around.call(name)}(${texts()})` };
    if (name === "select") {
      const [no, yes, which] = values as [Value, Value, Value];
      if (!("bool" in which)) return { text: `select(${texts()})` };
      const [taken, other] = which.bool ? [yes, no] : [no, yes];
      return declared("int" in other && other.type !== "abstract" ? other.type : "", taken);
    }
    return isStaticFunction(name) ? binary(name, values[0]!, values[1]!) : { text: `${name}(${texts()})` };
  }

  /** What a function of the op returns; null where its course is not known. */
  #inlined(fn: Ast, values: readonly Value[]): Value | null {
    const before = this.#lines.length;
    try {
      return this.#run(fn, values);
    } catch (error) {
      if (!(error instanceof NotStatic)) throw error;
      this.#lines.length = before;
      return null;
    }
  }
}
