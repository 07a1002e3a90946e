/**
 * The `io` module of one use of an op: its constants, and where its tensors lie.
 *
 * @module
 */
import { setterOf } from "./op_text.ts";

/** The text of an op. */
export interface OpModule {
  /** The op's name. */
  readonly name: string;
  /** The math of one sample. */
  readonly wgsl: string;
}

/** An activation that a writer applies, or whose slope it multiplies by. */
export interface Activation {
  /** The op, whose text has `activate` and `slope`. */
  readonly op: OpModule;
  /** Its constants. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Where a tensor of one sample lies: a binding, and the index of its first element in terms of the frame. */
export interface Place {
  /** The name of the binding in the root module. */
  readonly binding: string;
  /** A WGSL expression of `action`, `update`, `sample`, `member`; the first element's index. */
  readonly base: string;
}

/** A tensor whose every element is a number of the frame, a WGSL expression. */
export interface Uniform {
  /** The expression. */
  readonly expression: string;
}

/** What a write does with what stood there before: replaces it, adds to it, or either, by a WGSL condition. */
export type WriteMode = "set" | "add" | { readonly addsIf: string };

/** The tensor that a use writes. */
export interface Write {
  /** Its name in the op's text: `v`, or a cotangent such as `uBar`. */
  readonly tensor: string;
  /** Where it lies. */
  readonly place: Place;
  /** What the write does. */
  readonly mode: WriteMode;
  /** The activation that is applied to what is stored. */
  readonly activate?: Activation | undefined;
  /** The activation whose slope multiplies what is stored, and where its result lies. */
  readonly slope?: { readonly of: Activation; readonly result: Place } | undefined;
}

/** One use of an op. */
export interface Use {
  /** The op. */
  readonly op: OpModule;
  /** Its constants. */
  readonly constants: Readonly<Record<string, number>>;
  /** Its tensors that are read, by name; a tensor that the text imports and that is not here reads as 0. */
  readonly reads: Readonly<Record<string, Place | Uniform>>;
  /** The inputs of the op. */
  readonly inputs: readonly string[];
  /** The tensor that is written. */
  readonly write: Write;
}

/** The frame's names, for modules that use them. */
export const FRAME_NAMES = "action, update, windows, sample, member";

/** A number as WGSL reads it: an integer where WGSL has one as large, else a float. */
function literal(x: number): string {
  return Number.isInteger(x) && Math.abs(x) >= 2 ** 31 ? x.toExponential() : String(x);
}

/** Constants as WGSL declarations. They carry no type, so they serve as u32, i32 and f32 alike. */
export function constantsText(constants: Readonly<Record<string, number>>): string {
  return Object.entries(constants).map(([name, x]) => `const ${name} = ${literal(x)};`).join("\n");
}

/** The element i of a place. */
function element({ binding, base }: Place): string {
  return `${binding}[${base} + i]`;
}

/** The value to store at a place, given a new contribution `x`. */
export function combined(place: string, mode: WriteMode, x: string): string {
  if (mode === "set") return x;
  if (mode === "add") return `${place} + ${x}`;
  return `select(${x}, ${place} + ${x}, ${mode.addsIf})`;
}

/**
 * The text of the `io` module, and the further modules that it needs, by path.
 *
 * @param use the use of the op
 * @param handsOver whether the writer leaves its value in `written`, for the frame to add over the batch
 * @param folder where the use is mounted, `f0c1/`; default the root
 */
export function ioModules(use: Use, handsOver: boolean, folder = ""): Record<string, string> {
  const { constants, reads, write } = use;
  const bindings = new Set([write.place.binding]);
  const readers = Object.entries(reads).map(([name, at]) => {
    if ("expression" in at) return `fn ${name}(i: u32) -> f32 { return ${at.expression}; }`;
    bindings.add(at.binding);
    return `fn ${name}(i: u32) -> f32 { return ${element(at)}; }`;
  });
  const absent = use.inputs.filter((name) => !(name in reads)).map((name) =>
    `fn ${name}(i: u32) -> f32 { return 0.0; }`
  );
  const modules: Record<string, string> = {};
  const imports: string[] = [];
  const mount = (name: string, { op, constants }: Activation, what: string) => {
    modules[`${folder}${name}/${op.name}`] = op.wgsl;
    modules[`${folder}${name}/io`] = constantsText(constants);
    imports.push(`import package::${folder.replace("/", "::")}${name}::${op.name}::${what};`);
  };
  const store = handsOver ? "written = x;" : `${element(write.place)} = ${storedValue(write, mount)};`;
  if (write.slope) bindings.add(write.slope.result.binding);
  modules[`${folder}use/io`] = [
    `import package::main::{${FRAME_NAMES}, ${[...bindings].join(", ")}};`,
    ...imports,
    constantsText(constants),
    ...readers,
    ...absent,
    ...(handsOver ? ["var<private> written: f32;"] : []),
    `fn ${setterOf(write.tensor)}(i: u32, x: f32) { ${store} }`,
  ].join("\n");
  return modules;
}

/** What a writer stores, given `x`; mounts the activations that it calls. */
function storedValue(
  { place, mode, activate, slope }: Write,
  mount: (folder: string, activation: Activation, what: string) => void,
): string {
  if (activate) mount("epilogue", activate, "activate");
  const sum = combined(element(place), mode, activate ? "activate(x)" : "x");
  if (!slope) return sum;
  mount("slope", slope.of, "slope");
  return `(${sum}) * slope(${element(slope.result)})`;
}
