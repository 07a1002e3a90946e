/**
 * Packed tensors: numbers that lie in the order in which a function reads them, by fours. On software adapters they are
 * texels, which load sooner there than anything that lies in a buffer.
 *
 * @module
 */
import { FRAMES_PACK } from "../../shaders/bundle.ts";
import { fourAt, foursDeclaration, texel } from "./texels.ts";

/**
 * Where a packed tensor lies: two bindings, whatever it is in them, so that equal layers share a text: all fours, and a
 * record that says which of them are the tensor's.
 */
export interface PackedPlace {
  /** The name of the binding of all fours in the root module. */
  readonly fours: string;
  /** Whether it is a texture, or else a buffer. */
  readonly isTexture: boolean;
  /** The name of the binding of its record. */
  readonly record: string;
}

/** The declarations of the bindings of a packed tensor that is read, numbered from `first` on. */
export function packedDeclarations({ fours, isTexture, record }: PackedPlace, first: number): string[] {
  return [
    foursDeclaration(fours, isTexture, first, "read"),
    `@group(0) @binding(${first + 1}) var<uniform> ${record}: array<vec4u, 1>;`,
  ];
}

/** The function that reads four numbers of a packed tensor. */
export function packedReader(name: string, { fours, isTexture, record }: PackedPlace): string {
  const i = `${record}[0].x + member * ${record}[0].y + four`;
  return `fn ${name}4(four: u32) -> vec4f { let i = ${i}; return ${fourAt(fours, isTexture, "i")}; }`;
}

/**
 * The modules of the kernel that packs tensors, from a flat buffer `source` by the tables `order` and `rows` to `fours`.
 *
 * @param isTexture whether these are a texture
 */
export function packModules(isTexture: boolean): Record<string, string> {
  const write = isTexture ? `textureStore(fours, ${texel("i")}, x);` : "fours[i] = x;";
  return {
    main: `${FRAMES_PACK}\n${foursDeclaration("fours", isTexture, 3, "write")}`,
    packed: `import package::main::fours;\nfn put(i: u32, x: vec4f) { ${write} }`,
  };
}
