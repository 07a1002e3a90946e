/**
 * Random numbers as `jax.random` gives them: threefry2x32 with explicit keys, in both layouts of JAX.
 *
 * @example
 * ```ts
 * import { random } from "@unroll/unroll";
 * import { assertNotEquals } from "@std/assert";
 *
 * const [a, b] = random.split(random.key(0));
 * assertNotEquals(random.normal(a, [3]).data, random.normal(b, [3]).data);
 * ```
 *
 * @module
 */
export { bits } from "./bits.ts";
export { isKey, type Key, key, type KeyOptions, split } from "./key.ts";
export { normal } from "./normal.ts";
export { permutation } from "./permutation.ts";
export { uniform, type UniformOptions } from "./uniform.ts";
