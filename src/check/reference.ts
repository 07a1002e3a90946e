/**
 * References: what <vBar, J x'> is, by a twin in float64 or by differences.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { type Change, differences, type Estimate, FLOAT64 } from "./differences.ts";

/** TwinTensors of float64 by name, flat, last axis fastest. */
export type TwinTensors = Readonly<Record<string, Float64Array>>;

/**
 * The same function in float64, for one sample, in plain TypeScript.
 *
 * @example v = u^2
 * ```ts
 * import type { AdjointTwin } from "@unroll/unroll";
 *
 * const square: AdjointTwin = {
 *   forward: ({ u }) => u!.map((x) => x * x),
 *   tangent: ({ u }, change) => u!.map((x, i) => 2 * x * change.u![i]!),
 * };
 * ```
 */
export interface AdjointTwin {
  /**
   * The result.
   *
   * @param inputs the inputs, flat
   */
  forward(inputs: TwinTensors): ArrayLike<number>;
  /**
   * J x', the change of the result; left out, it is found by differences of `forward`.
   *
   * @param inputs the inputs, flat
   * @param change the change of one of them, by its name; the others do not change
   */
  tangent?(inputs: TwinTensors, change: TwinTensors): ArrayLike<number>;
}

/** Checks that a twin gives as many numbers as the op. */
function sized(name: string, what: string, size: number, x: ArrayLike<number>): ArrayLike<number> {
  if (x?.length === size) return x;
  throw new ShapeError(
    `Cannot check ${name} as ${what} of the twin must give ${size} numbers: ` +
      `current number is ${x?.length}`,
    { op: name, axis: what, expected: size, actual: x?.length ?? "none" },
  );
}

/**
 * The result of a twin.
 *
 * @param name the op's name, for messages
 * @param twin the twin
 * @param inputs the inputs
 * @param size the number of elements of the result
 */
export function twinResult(
  name: string,
  twin: AdjointTwin,
  inputs: TwinTensors,
  size: number,
): ArrayLike<number> {
  return sized(name, "forward", size, twin.forward(inputs));
}

/**
 * <vBar, J x'> for several changes x' of an input, by a twin.
 *
 * @param name the op's name, for messages
 * @param twin the twin
 * @param inputs the inputs
 * @param input the name of the input that changes
 * @param changes the changes
 * @param vBar the cotangent of the result
 */
export function twinEstimates(
  name: string,
  twin: AdjointTwin,
  inputs: TwinTensors,
  input: string,
  changes: readonly Change[],
  vBar: Float64Array,
): Promise<Estimate[]> {
  if (twin.tangent) {
    return Promise.resolve(changes.map((change) => {
      const tangent = sized(name, "tangent", vBar.length, twin.tangent!(inputs, { [input]: change() }));
      const products = vBar.map((bar, i) => bar * tangent[i]!);
      return {
        value: products.reduce((sum, x) => sum + x, 0),
        magnitude: products.reduce((sum, x) => sum + Math.abs(x), 0),
        terms: products.filter((x) => x !== 0).length,
        uncertainty: 0,
      };
    }));
  }
  const rows = (rows: readonly Float64Array[]) =>
    Promise.resolve(rows.map((row) => twinResult(name, twin, { ...inputs, [input]: row }, vBar.length)));
  return differences(rows, inputs[input]!, changes, vBar, FLOAT64);
}
