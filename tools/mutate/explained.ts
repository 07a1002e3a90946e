/**
 * Survivors that change nothing that a test could see, each with its reason, in `explained.json`.
 *
 * @module
 */
import explained from "./explained.json" with { type: "json" };
import type { Mutant } from "./mutants.ts";

/** A survivor that may survive. It is found by its text, so that it outlives moves inside its file. */
export interface Explanation {
  /** The file, from the root of the repository. */
  readonly path: string;
  /** The line as it is, without surrounding space. */
  readonly original: string;
  /** The line as the mutant has it. */
  readonly mutated: string;
  /** Why no test can notice. */
  readonly reason: string;
}

/** All explanations. */
export const EXPLAINED: readonly Explanation[] = explained;

/** Whether an explanation is about a mutant. */
export function explains(explanation: Explanation, mutant: Mutant): boolean {
  return (["path", "original", "mutated"] as const).every((key) => explanation[key] === mutant[key]);
}
