/**
 * Checks the adjoints of ops on the device.
 *
 * @module
 */
import * as z from "zod";
import { show } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Var } from "../graph/var.ts";
import { NdArray } from "../ndarray.ts";
import { callable, checkOptions, integer, positive, word } from "../options.ts";
import { isKey, type Key, key as keyOf, permutation, split, uniform } from "../random/mod.ts";
import { compareInput, compareResult, type CotangentAs, ElementEstimates } from "./compare.ts";
import { type Change, differences, FLOAT32, FLOAT32_ALL, type Precision } from "./differences.ts";
import { type Checked, Probe, type ProbeOptions } from "./probe.ts";
import { type AdjointTwin, twinEstimates, twinResult } from "./reference.ts";
import { AdjointReport, type InputReport } from "./report.ts";

/** Options of {@linkcode checkAdjoint}. */
export interface CheckAdjointOptions<In extends string = string> {
  /** The same function in float64; default: differences of the op's own result on the device are compared with. */
  readonly twin?: AdjointTwin;
  /** The inputs whose cotangents are checked; default: all. */
  readonly wants?: readonly In[];
  /**
   * How many elements of each input are compared, at random; the inner product covers the others. Default: 256, down to
   * 16 for inputs of a million elements.
   */
  readonly numElements?: number;
  /**
   * How far a cotangent may be off, as a fraction of the largest sum of magnitudes that makes one. Default: what the
   * rounding of float32 explains, 2^-22 (32 + number of terms added up).
   */
  readonly tolerance?: number;
  /** The op's name in the report; default: its own. */
  readonly name?: string;
  /** The key of the random numbers; default: `random.key(0)`. */
  readonly key?: Key;
}

/** Rows of one batch, and the floats that a tensor of them may have, at most. */
const [MAX_BATCH, MAX_FLOATS] = [512, 2 ** 22];
/** Elements that are compared times those of the input, unless more are asked for. */
const MAX_WORK = 2 ** 24;

/**
 * Checks an op of one's own, or a function of ops: computes the cotangents of all inputs on the device for a random
 * cotangent vBar of the result, and compares each element with <vBar, J e>, and all of them together with <vBar, J x'>
 * for a random change x'.
 *
 * J comes from a twin in float64 where there is one. Without a twin it is found by central differences of the op's own
 * result, each with the step at which rounding and curvature disturb it least; this finds adjoints that do not belong to
 * `forward`, but not a `forward` that is wrong itself. Elements for which no step is good, such as those at a kink, are
 * counted and left out. Every input is checked as a state and as a parameter, since the two run in different frames.
 *
 * @param gpu the device
 * @param op the op, or a function that takes its variables by name
 * @param inputs the values of the inputs for one sample, by name
 * @param options the twin, and how to compare
 * @returns the report; `ok` tells whether all is right, `toString()` what was found
 * @throws {TypeError} when an input is no NdArray, or the op has no rule for one of them
 * @throws {ShapeError} when the op refuses the shapes, or the twin gives another number of elements
 * @throws {OptionsError} on options that do not hold
 *
 * @example An op with a factor missing in its adjoint
 * ```ts
 * import { checkAdjoint, defineOp, Gpu, NdArray } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const square = (factor: string) =>
 *   defineOp({
 *     name: "square",
 *     inputs: ["u"],
 *     wgsl: `
 *       import super::io::{u, setV, vBar, setUBar};
 *       fn forward(i: u32) { setV(i, u(i) * u(i)); }
 *       fn adjointU(i: u32) { setUBar(i, ${factor} u(i) * vBar(i)); }
 *     `,
 *     shape: ({ u }) => u,
 *   });
 * const u = new NdArray([0.5, -1.25, 2], [1, 3]);
 * const report = await checkAdjoint(gpu, square("2.0 *"), { u });
 * assert(report.ok, String(report));
 * assert(!(await checkAdjoint(gpu, square(""), { u })).ok);
 * ```
 */
export async function checkAdjoint<In extends string>(
  gpu: Gpu,
  op: (inputs: Record<In, Var>) => Var,
  inputs: Readonly<Record<In, NdArray>>,
  options: CheckAdjointOptions<NoInfer<In>> = {},
): Promise<AdjointReport> {
  const { name = op.name || "function", twin, tolerance, key = keyOf(0) } = options;
  checkArguments(name, inputs, options);
  const wants: readonly string[] = options.wants ?? Object.keys(inputs);
  const subject = { name, op: op as Checked, inputs, wants };
  const values: Record<string, NdArray> = inputs;
  const [vKey, ...keys] = split(key, 1 + 2 * wants.length) as [Key, ...Key[]];

  const onDevice = await cotangents(gpu, subject, vKey);
  const { v, vBar, outputShape } = onDevice;
  const exact = Object.fromEntries(
    Object.entries(values).map(([input, { data }]) => [input, Float64Array.from(data)]),
  );
  const forward = twin
    ? compareResult(outputShape, v, twinResult(name, twin, exact, v.length), exact, tolerance)
    : null;
  const reports: Record<string, InputReport> = {};
  for (const [i, input] of wants.entries()) {
    const { size, shape } = values[input]!;
    const { numElements = Math.max(16, Math.min(256, Math.floor(MAX_WORK / size))) } = options;
    const elements = [...permutation(keys[2 * i]!, size)].slice(0, numElements);
    const scales = scalesOf(exact[input]!);
    const random = uniform(keys[2 * i + 1]!, [size], { minval: -1, maxval: 1 }).data;
    const estimates = (changes: readonly Change[], precision: Precision) =>
      twin
        ? twinEstimates(name, twin, exact, input, changes, Float64Array.from(vBar))
        : deviceEstimates(gpu, subject, input, changes, Float64Array.from(vBar), precision);
    const single = elements.map((e) => () => new Float64Array(size).fill(scales[e]!, e, e + 1));
    const compared = new ElementEstimates(elements, scales, await estimates(single, FLOAT32));
    const change = Float64Array.from(random, (x, j) => x * scales[j]!);
    for (const e of compared.unresolved) change[e] = 0;
    const [product] = await estimates([() => change], FLOAT32_ALL);
    const bars = onDevice.bars.get(input)!;
    reports[input] = compareInput({ shape, elements: compared, change, product: product!, bars, tolerance });
  }
  const reference = twin
    ? twin.tangent ? "tangent of the twin" : "differences of the twin"
    : "differences on the device";
  return new AdjointReport(name, reference, forward, reports);
}

function checkArguments(
  name: string,
  inputs: Readonly<Record<string, unknown>>,
  options: CheckAdjointOptions,
): void {
  for (const [input, value] of Object.entries(inputs)) {
    if (value instanceof NdArray && value.size > 0 && value.data.every(Number.isFinite)) continue;
    throw new TypeError(
      `Cannot check ${name} as input ${input} must be an NdArray of finite numbers: current ${input} is ${
        show(value instanceof NdArray ? [...value.data] : value)
      }`,
    );
  }
  checkOptions(`check ${name}`, {
    twin: z.optional(z.looseObject({ forward: callable(), tangent: z.optional(callable()) })),
    wants: z.optional(z.array(word(...Object.keys(inputs)), { error: "a list of inputs" })),
    numElements: z.optional(integer(1)),
    tolerance: z.optional(positive()),
    name: z.optional(z.string({ error: "a string" })),
    key: z.optional(z.custom(isKey, { error: "a key of random.key" })),
  }, options);
}

/** What is checked. */
type Subject = Omit<ProbeOptions, "state" | "batch">;

/** The result, and the cotangents as the device gives them: of each input as a parameter, and as a state. */
async function cotangents(gpu: Gpu, subject: Subject, key: Key) {
  using probe = await Probe.create(gpu, { ...subject, state: null, batch: 1 });
  const { outputShape } = probe;
  const vBar = uniform(key, outputShape, { minval: -1, maxval: 1 }).data;
  const { v, bars: asParameters } = await probe.adjoint(vBar);
  const bars = new Map<string, CotangentAs[]>();
  for (const [input, values] of asParameters) {
    using probe = await Probe.create(gpu, { ...subject, wants: [input], state: input, batch: 1 });
    const asState = (await probe.adjoint(vBar)).bars.get(input)!;
    bars.set(input, [{ role: "state", values: asState }, { role: "parameter", values }]);
  }
  return { v, vBar, outputShape, bars };
}

/** <vBar, J x'> by differences of the result on the device. */
async function deviceEstimates(
  gpu: Gpu,
  subject: Subject,
  input: string,
  changes: readonly Change[],
  vBar: Float64Array,
  precision: Precision,
) {
  const x = subject.inputs[input]!;
  const largest = Math.max(x.size, vBar.length, ...Object.values(subject.inputs).map(({ size }) => size));
  const batch = Math.max(1, Math.min(MAX_BATCH, Math.floor(MAX_FLOATS / largest)));
  using probe = await Probe.create(gpu, { ...subject, wants: [], state: input, batch });
  const rows = async (rows: readonly Float64Array[]) => {
    const results: Float32Array[] = [];
    for (let i = 0; i < rows.length; i += batch) {
      const part = rows.slice(i, i + batch).map((row) => Float32Array.from(row));
      results.push(...await probe.forward(part));
    }
    return results;
  };
  return await differences(rows, Float64Array.from(x.data), changes, vBar, precision);
}

/** How far elements may move: by their magnitude, or the mean one of all where that is larger; 1 where all are 0. */
function scalesOf(x: Float64Array): Float64Array {
  const mean = Math.sqrt(x.reduce((sum, y) => sum + y * y, 0) / x.length);
  return x.map((y) => Math.max(Math.abs(y), mean) || 1);
}
