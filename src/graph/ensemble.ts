/**
 * Ensembles: steppers of one architecture, run side by side.
 *
 * @module
 */
import { type Fault, OptionsError } from "../errors.ts";
import { isNdArray, leavesOf, type NdArray, showShape, type Tree } from "../ndarray.ts";
import type { AnyStepper, Stepper } from "./stepper.ts";

/** M steppers that differ in their parameters only. */
export interface Ensemble<P extends Tree<NdArray> = Tree<NdArray>> {
  /** The steppers; at least one. */
  readonly members: readonly Stepper<P>[];
}

/** What must be the same in all members. */
function architecture({ name, parameters, frozen }: AnyStepper): string {
  const leaves = leavesOf(parameters, isNdArray).map(({ path, value }) =>
    `${path} ${showShape(value.shape)}`
  );
  return `${name}(${leaves.join(", ")}${frozen.length > 0 ? `; frozen ${frozen.join(", ")}` : ""})`;
}

/**
 * Steppers of one architecture as one, evaluated and trained in the same launches; each gives the bits that it would
 * give alone (Equinox: `filter_vmap` over stacked modules). The function of the first is applied with the parameters of
 * each.
 *
 * @param members at least one; equal in name, parameter shapes and frozen paths
 * @throws {OptionsError} naming every member that differs from the first
 *
 * @example
 * ```ts
 * import { random, stack, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const options = { spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2 } as const;
 * const ensemble = stack(random.split(random.key(0), 8).map((key) => steppers.conv({ ...options, key })));
 * assertEquals(ensemble.members.length, 8);
 * ```
 */
export function stack<P extends Tree<NdArray>>(members: readonly Stepper<P>[]): Ensemble<P> {
  const [first, ...others] = members.map((member) => architecture(member));
  const faults: Fault[] = others.flatMap((other, i) =>
    other === first ? [] : [{ path: `members.${i + 1}`, rule: `${first}, as the first`, value: other }]
  );
  if (first === undefined) faults.push({ path: "members.length", rule: ">= 1", value: 0 });
  if (faults.length > 0) throw new OptionsError("stack steppers", faults);
  return { members: [...members] };
}
