/**
 * Tests of the ops of one input, element by element.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Var } from "../../src/graph/var.ts";
import { unaryCase } from "./cases.ts";
import { check } from "./check.ts";
import { gpu } from "./device.ts";
import { run } from "./harness.ts";
import type { Located } from "./memory.ts";
import { assertTwin, type Twin } from "./twin.ts";

/** An op of one input, and its twin. */
export interface Pointwise {
  /** Its name in messages. */
  readonly name: string;
  /** The op. */
  op(x: { u: Var }): Var;
  readonly twin: Twin;
  /** As many roundings as a value and a slope have, inputs lying in [-1, 1]. */
  readonly terms: { readonly v: number; readonly u: number };
  /** Where the twin is compared with its differences, from a number in [-1, 1). */
  point?(x: number): number;
  /** The numbers that u has on the device, over and over; default: random ones in [-1, 1). */
  readonly values?: readonly number[];
}

/** Declares the tests that all of them have. */
export function testPointwise({ name, op, twin, terms, point, values }: Pointwise): void {
  const options = values ? { values: { u: values } } : {};
  Deno.test(`${name} twin has the tangent of differences and its transpose`, () => {
    assertTwin(name, twin, { u: 9 }, point);
  });
  for (const size of [1, 3, 64, 65]) {
    const c = unaryCase(name, [size], op, twin, terms);
    Deno.test(`${name} of ${size} agrees with its twin`, async () => {
      await check(c, { batch: 37, live: 33, members: 2, ...options });
      await check(c, { batch: 3, accumulates: true, ...options });
      await check(c, { batch: 1, ...options });
    });
  }
}

/** Values and cotangents of a function of one state `u`, for one sample. */
async function evaluate({ name, op, twin }: Pointwise, u: readonly number[], vBar: readonly number[]) {
  const { use } = unaryCase(name, [u.length], op, twin, {});
  const { after, memory } = await run(gpu, use, { batch: 1, values: { u, vBar } });
  const read = ({ key, at }: Located) => after.get(key)!.subarray(at, at + u.length);
  return { v: read(memory.outputAt(0, 0)), uBar: read(memory.inputBarAt("u", 0, 0)) };
}

/** Numbers below may lose digits, or be 0 on the device: results of factors below 2^-126, the least with all digits. */
const TINY = 2 ** -116;

/** How far a value and a slope may be off. */
export interface Accuracy {
  /** Of the value, as a fraction of it. */
  readonly v: number;
  /** Of the slope, as a fraction of the largest one or of itself, whichever is more. */
  readonly slope: number;
}

/** Asserts that values and slopes are right to a fraction of them. */
export async function assertAccurate(p: Pointwise, u: readonly number[], accuracy: Accuracy): Promise<void> {
  const rounded = u.map(Math.fround);
  const ones = Float64Array.from(rounded, () => 1);
  const x = { u: Float64Array.from(rounded) };
  const { v, uBar } = await evaluate(p, rounded, [...ones]);
  const slopes = p.twin.adjointU!(x, ones);
  p.twin.forward(x).forEach((value, i) => {
    const at = `${p.name} at ${rounded[i]}`;
    const offV = Math.abs(v[i]! - value);
    assert(
      offV <= accuracy.v * Math.abs(value) + TINY,
      `${at}: ${v[i]}, not ${value}, off by ${offV / value}`,
    );
    const offSlope = Math.abs(uBar[i]! - slopes[i]!);
    const allowed = accuracy.slope * Math.max(1, Math.abs(slopes[i]!));
    assert(offSlope <= allowed, `${at}: slope ${uBar[i]}, not ${slopes[i]}, off by ${offSlope}`);
  });
}

/** Numbers from `low` to `high`, both included, that hit no round ones between. */
export function grid(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + (high - low) * i / (count - 1));
}

/** Numbers at which a formula that overflows, or loses its digits, shows. */
export const EXTREMES: readonly number[] = [
  ...[0, 1e-30, 1e-10, 1e-5, 1e-3, 14, 20, 40, 87, 88, 89, 103, 104, 300, 1e4, 1e10, 1e13, 1e20, 3e38],
].flatMap((x) => [x, -x]);

/** Asserts that a NaN among numbers stays one, in value and cotangent, and touches nothing else. */
export async function assertNaNStays(p: Pointwise): Promise<void> {
  const { v, uBar } = await evaluate(p, [0.5, NaN, -0.5], [1, 1, 1]);
  assert(v.every((x, i) => Number.isNaN(x) === (i === 1)), `${p.name} of 0.5, NaN, -0.5 is ${v}`);
  assert(uBar.every((x, i) => Number.isNaN(x) === (i === 1)), `slopes of ${p.name} at these are ${uBar}`);
}
