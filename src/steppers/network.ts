/**
 * Networks: steppers that know how far they see and how they are built.
 *
 * @module
 */
import * as z from "zod";
import { defineStepper, type Stepper, type StepperOptions } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { axesOf, type PerAxis } from "../ops/conv_axes.ts";

/**
 * How many points before and behind a point its next value depends on, for each axis of space, as pdequinox counts
 * them; beyond an end the boundary continues the domain.
 */
export type ReceptiveField = readonly (readonly [before: number, behind: number])[];

/** A stepper of a known architecture. */
export interface NetworkStepper<P extends Tree<NdArray> = Tree<NdArray>> extends Stepper<P> {
  /** The architecture in a few words. */
  readonly architecture: string;
  /** How far one application sees, for each axis of space; empty where states have none. */
  readonly receptiveField: ReceptiveField;
  /**
   * The same network with other parameters.
   *
   * @param parameters a tree of the same structure and shapes
   */
  with(parameters: P): NetworkStepper<P>;
}

/** What a network has beside what every stepper has. */
export type NetworkOptions<P extends Tree<NdArray>> =
  & StepperOptions<P>
  & Pick<NetworkStepper<P>, "architecture" | "receptiveField">;

/** A stepper that keeps its architecture whatever its parameters. */
export function network<P extends Tree<NdArray>>(options: NetworkOptions<P>): NetworkStepper<P> {
  const { architecture, receptiveField, ...rest } = options;
  const stepper = defineStepper<P>(rest);
  return {
    ...stepper,
    architecture,
    receptiveField,
    with: (parameters) => network({ ...options, parameters: stepper.with(parameters).parameters }),
  };
}

/** How far one convolution sees (pdequinox: `PhysicsConv.receptive_field`). */
export function convReceptiveField(dims: number, kernelSize: PerAxis, dilation: PerAxis = 1): ReceptiveField {
  const dilations = axesOf(dilation, dims);
  return axesOf(kernelSize, dims).map((k, axis) =>
    [Math.floor((k - 1) / 2) * dilations[axis]!, Math.floor(k / 2) * dilations[axis]!] as const
  );
}

/** How far a number of equal layers sees, one after another. */
export function repeated(field: ReceptiveField, count: number): ReceptiveField {
  return field.map(([before, behind]) => [count * before, count * behind] as const);
}

/** Sizes of axes in words: `3`, or `3 x 1` where they differ. */
export function showAxes(value: PerAxis): string {
  if (typeof value === "number") return String(value);
  return new Set(value).size === 1 ? String(value[0]) : value.join(" x ");
}

/** A number of things in words: `1 axis`, `2 axes`. */
export function counted(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A number of axes in words. */
export function showDims(dims: number): string {
  return counted(dims, "axis", "axes");
}

/** The schema of a number of space axes. */
export const dimsOption = (): z.ZodMiniType<1 | 2 | 3> => z.literal([1, 2, 3], { error: "1, 2 or 3" });
