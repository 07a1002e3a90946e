/**
 * Steppers in words and numbers.
 *
 * @module
 */
import { isFrozen, type Stepper } from "../graph/stepper.ts";
import { isNdArray, type Leaf, leavesOf, type NdArray, showShape, type Tree } from "../ndarray.ts";
import { counted, type NetworkStepper } from "./network.ts";

const count = (leaves: readonly Leaf<NdArray>[]): number =>
  leaves.reduce((sum, { value }) => sum + value.size, 0);

const grouped = (n: number): string => n.toLocaleString("en-US");

/**
 * How many numbers the parameters of a stepper are, frozen ones included (pdequinox: `count_parameters`).
 *
 * @param stepper the stepper
 *
 * @example
 * ```ts
 * import { random, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const stepper = steppers.conv({ spatialDims: 2, inChannels: 1, outChannels: 1, kernelSize: 3, key: random.key(0) });
 * assertEquals(steppers.countParameters(stepper), 10);
 * ```
 */
export function countParameters<P extends Tree<NdArray>>(stepper: Stepper<P>): number {
  return count(leavesOf(stepper.parameters as Tree<NdArray>, isNdArray));
}

/** The leaves by what lies above them, in order. */
function layersOf(leaves: readonly Leaf<NdArray>[]): Map<string, Leaf<NdArray>[]> {
  const layers = new Map<string, Leaf<NdArray>[]>();
  for (const { path, value } of leaves) {
    const at = path.lastIndexOf(".");
    const layer = path.slice(0, Math.max(at, 0));
    layers.set(layer, [...(layers.get(layer) ?? []), { path: path.slice(at + 1), value }]);
  }
  return layers;
}

/** Columns of equal width, the last one to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => i === row.length - 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join(
      "  ",
    )
  );
}

/**
 * A summary for people: the architecture, the layers with the shapes of their parameters, how many parameters there
 * are, and how far one step sees.
 *
 * @param stepper the stepper; of one made by `defineStepper` the architecture and receptive field are unknown
 * @returns lines of text
 *
 * @example
 * ```ts
 * import { random, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const stepper = steppers.convNet({
 *   spatialDims: 1, inChannels: 1, outChannels: 1, hiddenChannels: 8, depth: 1, key: random.key(0),
 * });
 * assertEquals(
 *   steppers.describe(stepper),
 *   [
 *     "convNet: 2 convolutions over 1 axis, kernel 3, 1 -> 8 (1 hidden) -> 1 channels, relu, periodic",
 *     "  layers.0  weight [8, 1, 3], bias [8, 1]  32",
 *     "  layers.1  weight [1, 8, 3], bias [1, 1]  25",
 *     "57 parameters",
 *     "sees 2 points before and 2 behind",
 *   ].join("\n"),
 * );
 * ```
 */
export function describe<P extends Tree<NdArray>>(stepper: Stepper<P>): string {
  const { name } = stepper;
  const { architecture, receptiveField } = stepper as Partial<NetworkStepper<P>>;
  const leaves = leavesOf(stepper.parameters as Tree<NdArray>, isNdArray);
  const rows = [...layersOf(leaves)].map(([layer, own]) => [
    `  ${layer === "" ? name : layer}`,
    own.map(({ path, value }) => `${path} ${showShape(value.shape)}`.trim()).join(", "),
    grouped(count(own)),
  ]);
  const kept = leaves.filter(({ path }) => isFrozen(stepper, path));
  return [
    architecture === undefined ? name : `${name}: ${architecture}`,
    ...(rows.length > 0 ? table(rows) : []),
    `${grouped(count(leaves))} parameters${
      kept.length > 0 ? `, ${grouped(count(kept))} of them frozen` : ""
    }`,
    ...(receptiveField === undefined || receptiveField.length === 0 ? [] : [sees(receptiveField)]),
  ].join("\n");
}

/** How far a stepper sees; axes that are alike are named once. */
function sees(field: NonNullable<Partial<NetworkStepper>["receptiveField"]>): string {
  const axes = field.map(([before, behind]) => `${counted(before, "point")} before and ${behind} behind`);
  if (axes.length === 1) return `sees ${axes[0]}`;
  if (new Set(axes).size === 1) return `sees ${axes[0]} on each axis`;
  return `sees ${axes.map((text, axis) => `${text} on axis ${axis}`).join(", ")}`;
}
