/**
 * The module of one function or loss in the resident kernel: its calls with known indices, as statements.
 *
 * @module
 */
import { ioModules } from "./io.ts";
import type { KernelOptions } from "./kernel.ts";
import { setterOf } from "./op_text.ts";
import { specializerOf } from "./specialize.ts";
import { turnsOf } from "./turns.ts";

/** The calls of one unit, each a module of its own, and the statements that make them. */
export class UnitWriter {
  /** What has been written, by path. */
  readonly modules: Record<string, string> = {};
  /** The loop turns that are left in them, where a call could not be written as statements. */
  turns = 0;
  readonly #name: string;
  readonly #imports = new Set<string>();
  readonly #bodies = new Map<KernelOptions, string>();

  /** @param name the unit's name */
  constructor(name: string) {
    this.#name = name;
  }

  /** Adds the unit's module: a function for each list of calls. */
  finish(functions: Readonly<Record<string, readonly KernelOptions[]>>): Record<string, string> {
    const texts = Object.entries(functions).map(([fn, calls]) =>
      `fn ${fn}() {\n${calls.map((call) => this.#body(call)).join("\n")}\n}`
    );
    this.modules[this.#name] = [...this.#imports, ...texts].join("\n");
    return this.modules;
  }

  #body(call: KernelOptions): string {
    const known = this.#bodies.get(call) ?? this.#statements(call, `${this.#name}c${this.#bodies.size}`);
    this.#bodies.set(call, known);
    return known;
  }

  /** The statements of a call, once for each element, with its summands added. */
  #statements(call: KernelOptions, at: string): string {
    const { use, fn, calls, summands } = call;
    Object.assign(this.modules, ioModules(use, `${at}/`), {
      [`${at}/use/${use.op.name}`]: use.op.wgsl,
    });
    const imported = (module: string, name: string, alias = name) => {
      this.#imports.add(`import package::${module}::${name}${alias === name ? "" : ` as ${alias}`};`);
      return alias;
    };
    const put = () => imported(`${at}::use::io`, setterOf(use.write.tensor), `${at}put`);
    const specialize = specializerOf(use, {
      write: put,
      call: (name) => imported(`${at}::use::${use.op.name}`, name, `${at}${name}`),
      read(tensor, index) {
        const place = use.reads[tensor];
        if (!place || !("binding" in place)) return "0f";
        imported("main", place.binding);
        return `${place.binding}[${index}]`;
      },
    });
    const one = (...indices: number[]) => {
      const specialized = specialize?.(fn, indices);
      if (specialized) return specialized;
      this.turns += turnsOf(use.op, use.constants, fn);
      return {
        statements: [],
        value: `${imported(`${at}::use::${use.op.name}`, fn, at)}(${indices.map((i) => `${i}u`).join(", ")})`,
      };
    };
    return Array.from({ length: calls }, (_, i) => {
      if (summands === 0) {
        const { statements, value } = one(i);
        return `{ ${statements.join(" ")} ${value === null ? "" : `${value};`} }`;
      }
      const sum = Array.from({ length: summands }, (_, j) => {
        const { statements, value } = one(i, j);
        return `{ ${statements.join(" ")} sum += ${value}; }`;
      });
      return `{ var sum = 0.0; ${sum.join(" ")} ${put()}(${i}u, sum); }`;
    }).join("\n");
  }
}
