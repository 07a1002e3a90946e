/**
 * Texels: four floats each, in textures that kernels read, or write.
 *
 * @module
 */

/** Texels in a row of a texture. */
export const TEXTURE_WIDTH = 256;

/** The declaration of a binding of fours: a texture or a buffer. */
export function foursDeclaration(
  name: string,
  isTexture: boolean,
  number: number,
  access: "read" | "write",
): string {
  const place = `@group(0) @binding(${number})`;
  if (isTexture) return `${place} var ${name}: texture_storage_2d<rgba32float, ${access}>;`;
  return `${place} var<storage, ${access === "read" ? "read" : "read_write"}> ${name}: array<vec4f>;`;
}

/** Where a four lies in a texture; evaluates the index twice. */
export const texel = (four: string): string =>
  `vec2u(${four} % ${TEXTURE_WIDTH}u, ${four} / ${TEXTURE_WIDTH}u)`;

/** The expression that reads a four from what {@linkcode foursDeclaration} declares; evaluates the index twice. */
export function fourAt(name: string, isTexture: boolean, four: string): string {
  return isTexture ? texelAt(name, four) : `${name}[${four}]`;
}

/** The expression that reads a four from a texture; evaluates the index twice. */
export function texelAt(texture: string, four: string): string {
  return `textureLoad(${texture}, ${texel(`(${four})`)})`;
}
