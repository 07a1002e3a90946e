/**
 * Masks: which parameters a transform changes.
 *
 * @module
 */
import * as z from "zod";
import { type Fault, OptionsError } from "../errors.ts";
import { covers } from "../graph/stepper.ts";
import { isNdArray, leavesOf, type NdArray, type Tree } from "../ndarray.ts";

/**
 * Which parameters a transform changes: their paths (`layers.0.weight`; a path covers what lies under it), or a
 * function of path and value that is true for them.
 */
export type Mask = readonly string[] | ((path: string, value: NdArray) => boolean);

/** The schema of a {@linkcode Mask}. */
export function maskSchema(): z.ZodMiniType<Mask> {
  return z.custom<Mask>(
    (x) => typeof x === "function" || (Array.isArray(x) && x.every((path) => typeof path === "string")),
    { error: "a list of paths or a function" },
  );
}

/** A mask as it stands in the name of an optimizer. */
export function maskName(mask: Mask | undefined): string {
  if (mask === undefined) return "all";
  return typeof mask === "function" ? "function" : `[${mask.join(", ")}]`;
}

/**
 * The paths of the parameters that a mask picks.
 *
 * @param description the transform, for messages
 * @param mask the mask
 * @param parameters the parameters
 * @throws {OptionsError} when a path names no parameter
 */
export function maskedPaths(description: string, mask: Mask, parameters: Tree<NdArray>): Set<string> {
  const leaves = leavesOf(parameters, isNdArray);
  if (typeof mask === "function") {
    return new Set(leaves.filter(({ path, value }) => mask(path, value)).map(({ path }) => path));
  }
  const faults = mask.flatMap((path, i): Fault[] => {
    if (leaves.some((leaf) => covers(path, leaf.path))) return [];
    const rule = `the path of a parameter (${leaves.map((leaf) => leaf.path).join(", ")})`;
    return [{ path: `mask.${i}`, rule, value: path }];
  });
  if (faults.length > 0) throw new OptionsError(`apply ${description}`, faults);
  return new Set(leaves.map(({ path }) => path).filter((leaf) => mask.some((path) => covers(path, leaf))));
}
