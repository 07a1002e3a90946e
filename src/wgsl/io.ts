/**
 * The `io` module of one use of an op: its constants, its readers and its writers.
 *
 * @module
 */
import { setterOf } from "./op_text.ts";
import { packedDeclarations, type PackedPlace, packedReader } from "./packed.ts";
import { prune } from "./prune.ts";
import { foursDeclaration, texelAt } from "./texels.ts";
import type { Activation, Place, Use, Write, WriteMode } from "./use.ts";

/** The frame's names, for modules that use them. */
export const FRAME_NAMES = "action, update, windows, sample, member, group";

/** How a binding is declared. */
interface BindingType {
  /** The address space and access, `storage, read`. */
  readonly space: string;
  /** The type of its elements; texels are those of a texture. */
  readonly element: "f32" | "vec4f" | "texel";
  /** How many of them; null for as many as there are. */
  readonly count: number | null;
}

const isByFour = ({ byFour = "never" }: Write): boolean => byFour !== "never";

/** How the bindings of a use are declared, by their names. */
function bindingTypes(
  { reads, readByFour, write, besides = [], fetchesFour = false }: Use,
): Map<string, BindingType> {
  const types = new Map<string, BindingType>();
  const places = Object.entries(reads).flatMap(([name, at]) =>
    "base" in at ? [{ at, isByFour: readByFour.includes(name) }] : []
  );
  for (const at of [write.residual, write.slope?.result]) {
    if (at) places.push({ at, isByFour: isByFour(write) });
  }
  for (const { at: { binding, uniformElements, isTexture }, isByFour } of places) {
    if (isTexture) {
      types.set(binding, { space: "texture", element: "texel", count: null });
      continue;
    }
    const isVec4 = fetchesFour || isByFour || uniformElements !== undefined ||
      types.get(binding)?.element === "vec4f";
    types.set(binding, {
      space: uniformElements === undefined ? "storage, read" : "uniform",
      element: isVec4 ? "vec4f" : "f32",
      count: uniformElements === undefined ? null : uniformElements / 4,
    });
  }
  // Lanes that write single elements must not share a vector.
  const writes = [write, ...besides];
  const isVec4 = fetchesFour || writes.every(({ byFour }) => byFour === "always");
  for (const { place } of writes) {
    types.set(place.binding, {
      space: "storage, read_write",
      element: isVec4 ? "vec4f" : "f32",
      count: null,
    });
  }
  return types;
}

const packedPlaces = ({ reads }: Use): PackedPlace[] =>
  Object.values(reads).flatMap((at) => "fours" in at ? [at] : []);

/** The declarations of the bindings of a use, numbered from `first` on. */
export function declarationsOf(use: Use, first: number): string[] {
  const types = bindingTypes(use);
  return [
    ...[...types].map(([name, { space, element, count }], i) => {
      if (element === "texel") return foursDeclaration(name, true, first + i, "read");
      const type = `array<${element}${count === null ? "" : `, ${count}`}>`;
      return `@group(0) @binding(${first + i}) var<${space}> ${name}: ${type};`;
    }),
    ...packedPlaces(use).flatMap((place, i) => packedDeclarations(place, first + types.size + 2 * i)),
  ];
}

/** A number as WGSL reads it: an integer where WGSL has one as large, else a float. */
function literal(x: number): string {
  return Number.isInteger(x) && Math.abs(x) >= 2 ** 31 ? x.toExponential() : String(x);
}

/** Constants as WGSL declarations. They carry no type, so they serve as u32, i32 and f32 alike. */
export function constantsText(constants: Readonly<Record<string, number>>): string {
  return Object.entries(constants).map(([name, x]) => `const ${name} = ${literal(x)};`).join("\n");
}

/** The element i of a place in a binding of a type. */
function element({ binding, base }: Place, types: ReadonlyMap<string, BindingType>): string {
  const at = `${base} + i`;
  if (types.get(binding)!.element === "texel") return `${texelAt(binding, `(${at}) / 4`)}[(${at}) % 4]`;
  return types.get(binding)!.element === "f32" ? `${binding}[${at}]` : `${binding}[(${at}) / 4][(${at}) % 4]`;
}

/** The elements i to i + 3 of a place, i and the place's first element being multiples of 4. */
function fourElements({ binding, base }: Place, types: ReadonlyMap<string, BindingType>): string {
  const at = `${base} + i`;
  if (types.get(binding)!.element === "texel") return texelAt(binding, `(${at}) / 4`);
  if (types.get(binding)!.element === "vec4f") return `${binding}[(${at}) / 4]`;
  return `vec4f(${[0, 1, 2, 3].map((k) => `${binding}[${at} + ${k}]`).join(", ")})`;
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
 * @param folder where the use is mounted, `f0c1/`; default the root
 */
export function ioModules(use: Use, folder = ""): Record<string, string> {
  const { constants, write } = use;
  const types = bindingTypes(use);
  const modules: Record<string, string> = {};
  const imports: string[] = [];
  const mount = (name: string, { op, constants }: Activation, what: string) => {
    modules[`${folder}${name}/${op.name}`] = prune(op.wgsl, constants);
    modules[`${folder}${name}/io`] = constantsText(constants);
    imports.push(`import package::${folder.replace("/", "::")}${name}::${op.name}::${what};`);
  };
  if (write.activate) mount("epilogue", write.activate, "activate");
  if (write.slope) mount("slope", write.slope.of, "slope");
  const bindings = [...types.keys(), ...packedPlaces(use).flatMap(({ fours, record }) => [fours, record])];
  modules[`${folder}use/io`] = [
    `import package::main::{${FRAME_NAMES}, ${bindings.join(", ")}};`,
    ...imports,
    constantsText(constants),
    ...use.fetchesFour ? accessByFours(use, types) : accessOneByOne(use, types),
  ].join("\n");
  return modules;
}

type Types = ReadonlyMap<string, BindingType>;

/** Readers of inputs that are not there. */
function absentReaders({ inputs, reads }: Use): string[] {
  return inputs.filter((name) => !(name in reads)).map((name) => `fn ${name}(i: u32) -> f32 { return 0.0; }`);
}

/** Writers of cotangents that a text may write, and that are not wanted. */
function unwantedWriters({ inputs, write, besides }: Use): string[] {
  if (!besides) return [];
  const wanted = [write, ...besides].map(({ tensor }) => tensor);
  return inputs.map((input) => `${input}Bar`).filter((bar) => !wanted.includes(bar))
    .flatMap((
      bar,
    ) => [`fn ${setterOf(bar)}(i: u32, x: f32) {}`, `fn ${setterOf(bar)}4(i: u32, x: vec4f) {}`]);
}

/** Readers and writers that go to memory for each element, or for four where the text asks for that. */
function accessOneByOne(use: Use, types: Types): string[] {
  const { reads, readByFour, write, besides = [] } = use;
  const readers = Object.entries(reads).flatMap(([name, at]) => {
    if ("fours" in at) return [packedReader(name, at)];
    const [one, four] = "expression" in at
      ? [at.expression, `vec4f(${at.expression})`]
      : [element(at, types), fourElements(at, types)];
    const reader = `fn ${name}(i: u32) -> f32 { return ${one}; }`;
    return readByFour.includes(name)
      ? [reader, `fn ${name}4(i: u32) -> vec4f { return ${four}; }`]
      : [reader];
  });
  const writes = [write, ...besides];
  return [
    ...readers,
    ...absentReaders(use),
    ...writes.filter(({ byFour }) => byFour !== "always").map((write) =>
      `fn ${setterOf(write.tensor)}(i: u32, x: f32) { ${element(write.place, types)} = ${
        stored(write, types)
      }; }`
    ),
    ...writes.filter(isByFour).map((write) => writerOfFour(`${setterOf(write.tensor)}4`, write, types)),
    ...unwantedWriters(use),
  ];
}

/**
 * Readers and a writer that see four elements which the kernel has fetched, and puts back when the text has made all
 * of them: `part4` says which one is meant.
 */
function accessByFours(use: Use, types: Types): string[] {
  const { reads, write } = use;
  const fetches: string[] = [];
  const readers = Object.entries(reads).flatMap(([name, at]) => {
    if ("expression" in at) return [`fn ${name}(i: u32) -> f32 { return ${at.expression}; }`];
    if ("fours" in at) return [packedReader(name, at)];
    fetches.push(`${name}4 = ${fourElements(at, types)};`);
    return [`var<private> ${name}4: vec4f;`, `fn ${name}(i: u32) -> f32 { return ${name}4[part4]; }`];
  });
  return [
    "var<private> part4: u32;",
    "var<private> result4: vec4f;",
    ...readers,
    ...absentReaders(use),
    `fn ${setterOf(write.tensor)}(i: u32, x: f32) { result4[part4] = x; }`,
    `fn fetch4(i: u32) { ${fetches.join(" ")} }`,
    writerOfFour("write4", write, types),
    "fn put4(i: u32) { write4(i, result4); }",
  ];
}

/** What a writer stores, given `x`. */
function stored({ place, mode, residual, activate, slope }: Write, types: Types): string {
  const x = residual ? `x + ${element(residual, types)}` : "x";
  const sum = combined(element(place, types), mode, activate ? `activate(${x})` : x);
  return slope ? `(${sum}) * slope(${element(slope.result, types)})` : sum;
}

/** A function that stores the elements i to i + 3, given `x4`. */
function writerOfFour(name: string, write: Write, types: Types): string {
  const { place, mode, residual, activate, slope } = write;
  const each = (fn: string, four: string) =>
    `vec4f(${[..."xyzw"].map((k) => `${fn}(${four}.${k})`).join(", ")})`;
  const x = residual ? "added4" : "x4";
  const sum = combined("old4", mode, activate ? each("activate", x) : x);
  const isVec4 = types.get(place.binding)!.element === "vec4f";
  return [
    `fn ${name}(i: u32, x4: vec4f) {`,
    ...residual ? [`  let added4 = x4 + ${fourElements(residual, types)};`] : [],
    ...mode === "set" ? [] : [`  let old4 = ${fourElements(place, types)};`],
    ...slope ? [`  let made4 = ${fourElements(slope.result, types)};`] : [],
    `  let sum4 = ${slope ? `(${sum}) * ${each("slope", "made4")}` : sum};`,
    ...isVec4
      ? [`  ${fourElements(place, types)} = sum4;`]
      : [..."xyzw"].map((k, j) => `  ${place.binding}[${place.base} + i + ${j}] = sum4.${k};`),
    "}",
  ].join("\n");
}
