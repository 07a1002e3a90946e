/**
 * Compares what a use of ops computes on the device with its float64 twin.
 *
 * @module
 */
import { assert } from "@std/assert";
import { sizeOf } from "../../src/ndarray.ts";
import { gpu } from "./device.ts";
import { type Run, run } from "./harness.ts";
import type { Located, Memory, RunOptions } from "./memory.ts";
import { numbers, type Use } from "./use.ts";
import { barOf, dot, type Tensors, type Twin } from "./twin.ts";

/** A use, its twin and how many numbers are added up in it. */
export interface Case {
  readonly use: Use;
  readonly twin: Twin;
  /**
   * For `v` and each input: how many terms an element of it or of its cotangent adds up in one sample. Inputs lie in
   * [-1, 1], so a term does too where it is a product of them.
   */
  readonly terms: Readonly<Record<string, number>>;
}

/** The rounding of float32. */
const HALF_ULP = 2 ** -24;

/**
 * What a sum of terms in [-1, 1] may be off in float32: every term and every partial sum is rounded once; partial
 * sums are at most as large as their number of terms, and about its root.
 */
export function tolerance(terms: number): number {
  return 4 * (terms + 1) * HALF_ULP;
}

/** Numbers that must stand in a buffer after a run. */
interface Expected extends Located {
  readonly what: string;
  readonly values: Float64Array;
  readonly tolerance: number;
}

const near = (a: number, b: number, tolerance: number) => Object.is(a, b) || Math.abs(a - b) <= tolerance;

function read(map: ReadonlyMap<string, Float32Array>, { key, at }: Located, size: number): Float64Array {
  return Float64Array.from(map.get(key)!.subarray(at, at + size));
}

/** Reads the inputs of a sample, and the cotangent of its output. */
class Reader {
  readonly #use: Use;
  readonly #memory: Memory;
  readonly outputSize: number;

  constructor(use: Use, { memory, unit: { graph } }: Run) {
    this.#use = use;
    this.#memory = memory;
    this.outputSize = sizeOf(graph.vars[graph.output]!.shape);
  }

  sizeOf(name: string): number {
    return sizeOf(this.#use.inputs[name]!.shape);
  }

  inputs(member: number, sample: number): Tensors {
    const names = Object.keys(this.#use.inputs);
    return Object.fromEntries(
      names.map((
        n,
      ) => [n, read(this.#memory.buffers, this.#memory.inputAt(n, member, sample), this.sizeOf(n))]),
    );
  }

  outputBar(member: number, sample: number): Float64Array {
    const bar = this.#memory.outputBarAt(member, sample);
    return typeof bar === "number" ? Float64Array.of(bar) : read(this.#memory.buffers, bar, this.outputSize);
  }

  /** The inputs whose cotangents are computed. */
  get wanted(): string[] {
    return Object.entries(this.#use.inputs).filter(([, { role, wanted = true }]) =>
      wanted && (role === "state" || (role === "parameter" && (this.#use.isTrained ?? true)))
    ).map(([name]) => name);
  }
}

/** Everything that a run must write, by the twin. */
function expectations({ use, twin, terms }: Case, result: Run, reader: Reader, adds: boolean): Expected[] {
  const { memory } = result;
  const { live, members } = memory.sizes;
  const groups = Math.min(memory.sizes.groups, live); // the others have no samples
  const all: Expected[] = [];
  const onTop = (at: Located, x: Float64Array) =>
    adds ? x.map((y, i) => y + memory.buffers.get(at.key)![at.at + i]!) : x;
  for (let m = 0; m < members; m++) {
    const partials = new Map<string, Float64Array[]>();
    for (let s = 0; s < live; s++) {
      const x = reader.inputs(m, s);
      const vBar = reader.wanted.length > 0 ? reader.outputBar(m, s) : new Float64Array();
      const where = `member ${m}, sample ${s}`;
      const v = memory.outputAt(m, s);
      all.push({ ...v, what: `v, ${where}`, values: twin.forward(x), tolerance: tolerance(terms.v!) });
      for (const name of reader.wanted) {
        const bar = barOf(twin, name, x, vBar);
        if (use.inputs[name]!.role === "parameter") {
          const sums = partials.get(name) ??
            Array.from({ length: groups }, () => new Float64Array(bar.length));
          partials.set(name, sums);
          bar.forEach((y, i) => sums[s % groups]![i]! += y);
        } else {
          const at = memory.inputBarAt(name, m, s);
          all.push({
            ...at,
            what: `${name}Bar, ${where}`,
            values: onTop(at, bar),
            tolerance: tolerance(terms[name]! + (adds ? 1 : 0)),
          });
        }
      }
    }
    for (const [name, sums] of partials) {
      const samples = Math.ceil(live / groups);
      sums.forEach((sum, group) => {
        const at = memory.inputBarAt(name, m, group);
        all.push({
          ...at,
          what: `${name}Bar, member ${m}, group ${group}`,
          values: onTop(at, sum),
          tolerance: tolerance(terms[name]! * samples + (adds ? 1 : 0)),
        });
      });
    }
  }
  return all;
}

function assertWritten(title: string, expected: readonly Expected[], after: Run["after"]): void {
  let worst: { off: number; text: string } | null = null;
  let [count, total] = [0, 0];
  for (const { what, key, at, values, tolerance } of expected) {
    const actual = after.get(key)!;
    values.forEach((value, i) => {
      total++;
      const x = actual[at + i]!;
      if (near(x, value, tolerance)) return;
      count++;
      const off = Math.abs(x - value) / tolerance;
      if (worst && off <= worst.off) return;
      const text = `${what}, element ${i}: ${x} instead of ${value}, allowed are ${tolerance}`;
      worst = { off: Number.isNaN(off) ? Infinity : off, text };
    });
  }
  assert(
    worst === null,
    `${title}: ${count} of ${total} are off; ${(worst as { text: string } | null)?.text}`,
  );
}

/** Asserts that nothing else has changed: padded samples, the ends of strides, other slots, other leaves. */
function assertUntouched(title: string, expected: readonly Expected[], { memory, after }: Run): void {
  const touched = new Map([...after].map(([key, { length }]) => [key, new Uint8Array(length)]));
  const touch = (key: string, at: number, size: number) => touched.get(key)!.fill(1, at, at + size);
  for (const { key, at, values } of expected) touch(key, at, values.length);
  for (const key of after.keys()) {
    for (let m = 0; m < memory.sizes.members; m++) {
      for (let s = 0; s < memory.sizes.live; s++) {
        const inner = memory.innerAt(key, m, s);
        if (inner) touch(key, inner.at, inner.size);
      }
    }
  }
  for (const [key, floats] of after) {
    const before = memory.buffers.get(key)!;
    const i = floats.findIndex((x, i) => !touched.get(key)![i] && !Object.is(x, before[i]));
    assert(
      i < 0,
      `${title}: float ${i} of ${key} must not be written, but ${before[i]} has become ${floats[i]}`,
    );
  }
}

/** Asserts <vBar, J x'> = <xBar, x'> for each input, with xBar from the device and J x' from the twin. */
function assertTransposed(title: string, { use, twin, terms }: Case, result: Run, reader: Reader): void {
  const random = numbers(11);
  const { memory, after } = result;
  const { live, members } = memory.sizes;
  const groups = Math.min(memory.sizes.groups, live); // the others have no samples
  for (const name of reader.wanted) {
    const size = reader.sizeOf(name);
    const isParameter = use.inputs[name]!.role === "parameter";
    for (let m = 0; m < members; m++) {
      const change = Float64Array.from({ length: size }, random);
      const there = Array.from(
        { length: live },
        (_, s) => dot(reader.outputBar(m, s), twin.tangent(reader.inputs(m, s), { [name]: change })),
      );
      const back = Array.from(
        { length: isParameter ? groups : live },
        (_, at) => dot(read(after, memory.inputBarAt(name, m, at), size), change),
      );
      const sum = (x: number[]) => [x.reduce((a, b) => a + b, 0)];
      const [left, right] = isParameter ? [sum(there), sum(back)] : [there, back];
      const allowed = size * tolerance(terms[name]! * (isParameter ? live : 1));
      left.forEach((x, s) =>
        assert(
          near(x, right[s]!, allowed),
          `${title}: <vBar, J ${name}'> is ${x} and <${name}Bar, ${name}'> is ${
            right[s]
          } for member ${m}, sample ${s}, allowed are ${allowed}`,
        )
      );
    }
  }
}

/** Asserts that forward and every cotangent agree with the twin, and nothing else is written. */
export async function check(c: Case, options: RunOptions): Promise<Run> {
  const { batch, live = batch, members = 1, accumulates = false } = options;
  const title = `${c.use.name} (batch ${batch}, live ${live}, members ${members}${
    accumulates ? ", adding" : ""
  })`;
  const result = await run(gpu, c.use, options);
  const reader = new Reader(c.use, result);
  const expected = expectations(c, result, reader, accumulates);
  assertWritten(title, expected, result.after);
  assertUntouched(title, expected, result);
  const isFinite = Object.values(options.values ?? {}).flat().every(Number.isFinite);
  if (!accumulates && isFinite) assertTransposed(title, c, result, reader);
  return result;
}
