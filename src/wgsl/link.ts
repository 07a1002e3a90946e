/**
 * Linking: the modules of one kernel become one WGSL text.
 *
 * @module
 */
import { GpuError } from "../errors.ts";
import { link as weslLink, type ManglerFn } from "wesl";

/** Where a stretch of linked text comes from. */
export interface SourcePosition {
  /** The module's path, `use/conv`. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
}

/** A linked kernel. */
export interface LinkedText {
  /** The WGSL. */
  readonly code: string;
  /** The module and position behind an offset of the text. */
  sourceAt(offset: number): SourcePosition;
}

/**
 * Names of the root module stay, others get their module's path before them. The linker's own mangler is not used: it
 * can give a constant the name of a parameter, and the kernel then computes something else.
 */
const mangler: ManglerFn = (declaration, scope) =>
  scope.modulePath === "package::main"
    ? declaration.originalName
    : `${scope.modulePath.split("::").slice(1).join("_")}__${declaration.originalName}`;

/**
 * Links modules, `main` being the root: it holds the bindings and the entry point.
 *
 * @param label the kernel's name, for messages
 * @param modules the text of each module by its path, `use/io` for `package::use::io`
 * @throws {GpuError} when a name that is reached is found nowhere
 */
export async function link(label: string, modules: Readonly<Record<string, string>>): Promise<LinkedText> {
  const weslSrc = Object.fromEntries(Object.entries(modules).map(([path, text]) => [`./${path}.wgsl`, text]));
  const { dest, sourceMap } = await linkedBy(
    label,
    () => weslLink({ weslSrc, rootModuleName: "main", mangler, keepComments: false }),
  );
  return {
    code: dest,
    sourceAt(offset) {
      const { src, position } = sourceMap.destToSrc(offset);
      const before = src.text.slice(0, position).split("\n");
      return {
        path: (src.path ?? "main").replace(/^\.\/|\.\w+$/g, ""),
        line: before.length,
        column: before.at(-1)!.length + 1,
      };
    },
  };
}

async function linkedBy<T>(label: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new GpuError(
      `Cannot link kernel ${label} as every name that it reaches must be found: ` +
        `current error is ${(cause as Error).message}`,
      { label, cause },
    );
  }
}
