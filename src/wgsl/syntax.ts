/**
 * The syntax of WGSL as `wgsl_reflect` parses it, as far as specializing looks at it, and the variables of its blocks.
 *
 * @module
 */
import { declared, floatText, NotStatic, type Value } from "./static_values.ts";

/** A node of the parsed text: what of it is looked at here. */
export interface Ast {
  readonly astNodeType: string;
  readonly name: string;
  readonly operator: string;
  readonly type?: {
    readonly name: string;
    readonly isStruct: boolean;
    readonly members: readonly { readonly name: string }[];
  } | null;
  readonly returnType?: { readonly name: string } | null;
  readonly args?: readonly Ast[] | null;
  readonly body: readonly Statement[];
  readonly condition: Ast | null;
  readonly elseif?: readonly Ast[] | null;
  readonly else?: readonly Statement[] | null;
  readonly init: Ast | null;
  readonly increment: Ast | null;
  readonly variable: Ast;
  readonly value: Ast & LiteralData;
  readonly initializer: Ast;
  readonly left: Ast;
  readonly right: Ast;
  readonly postfix?: Ast | null;
}

/** The number behind a literal. */
interface LiteralData {
  readonly data: ArrayLike<number>;
  readonly buffer: ArrayBuffer;
  readonly typeInfo: {
    readonly members: readonly {
      readonly name: string;
      readonly offset: number;
      readonly type: { readonly name: string };
    }[];
  };
}

/** A statement, or a block of them. */
export type Statement = Ast | readonly Ast[];

/** The variables of a block, in those of the block around it. */
export class Scope {
  readonly #values = new Map<string, Value>();
  readonly #outer: Scope | null;

  /** @param outer the variables around it */
  constructor(outer: Scope | null = null) {
    this.#outer = outer;
  }

  /** Adds a variable. */
  declare(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** The value of a variable; undefined where there is none. */
  get(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#outer?.get(name);
  }

  /** Gives a variable another value. */
  set(name: string, value: Value): void {
    if (this.#values.has(name)) {
      const before = this.#values.get(name)!;
      this.#values.set(name, "int" in before ? declared(before.type, value) : value);
    } else if (this.#outer) this.#outer.set(name, value);
    else throw new NotStatic(name);
  }
}

/** The name of a variable that is assigned to. */
export function nameOf({ astNodeType, name, postfix }: Ast): string {
  if (astNodeType !== "varExpr" || postfix) throw new NotStatic("a part of a variable");
  return name;
}

/** The value of a constant of the module. */
export function constantOf({ astNodeType, name, initializer }: Ast): Ast {
  if (astNodeType !== "constExpr") throw new NotStatic(name);
  return initializer;
}

/** The value of a variable that is declared without one. */
export function zero(type: string | undefined): Value {
  if (type === "u32" || type === "i32") return { int: 0, type };
  if (type === "f32") return { text: "0f" };
  throw new NotStatic("a variable without a value");
}

/** The value of a literal. */
export function literalOf({ type, value: { data, buffer, typeInfo } }: Ast): Value {
  switch (type!.name) {
    case "u32":
    case "i32":
      return { int: data[0]!, type: type!.name };
    case "x32":
      return { int: data[0]!, type: "abstract" };
    case "f32":
      return { text: floatText(data[0]!) };
    case "bool":
      return { bool: data[0] !== 0 };
  }
  if (!type!.isStruct) throw new NotStatic(type!.name);
  const view = new DataView(buffer);
  const fields = typeInfo.members.map(({ name, offset, type: { name: scalar } }): [string, Value] => {
    if (scalar === "i32") return [name, { int: view.getInt32(offset, true), type: "i32" }];
    if (scalar === "u32") return [name, { int: view.getUint32(offset, true), type: "u32" }];
    throw new NotStatic(scalar);
  });
  return { fields: Object.fromEntries(fields) };
}
