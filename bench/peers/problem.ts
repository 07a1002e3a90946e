/**
 * A problem folder as the JavaScript peers read it.
 *
 * @module
 */
import type { NdArray } from "../../mod.ts";
import { loadNpy } from "../../src/files/mod.ts";
import { sizeOf } from "../../src/ndarray.ts";
import type { ProblemFile } from "./workloads.ts";

/** Numbers with a shape. */
export interface Tensor {
  /** The numbers, last axis fastest. */
  readonly data: Float32Array<ArrayBuffer>;
  /** The lengths of the axes. */
  readonly shape: readonly number[];
}

/** A problem, read. */
export interface Problem extends ProblemFile {
  /** The trajectories, [S, T, C, ...N]. */
  readonly data: NdArray;
  /** The initial parameters, in the order of `leaves`. */
  readonly parameters: readonly Tensor[];
  /** Whether each convolution has a bias; the parameters are then weight, bias, weight, bias ... */
  readonly hasBias: boolean;
}

/** Reads a problem folder. */
export async function readProblem(folder: string): Promise<Problem> {
  const file: ProblemFile = JSON.parse(await Deno.readTextFile(`${folder}/problem.json`));
  const [data, weights] = await Promise.all(
    ["data", "weights"].map((name) => loadNpy(`${folder}/${name}.npy`)),
  );
  let at = 0;
  const parameters = file.leaves.map(({ shape }) => ({
    data: weights!.data.slice(at, at += sizeOf(shape)),
    shape,
  }));
  return { ...file, data: data!, parameters, hasBias: file.leaves.some(({ path }) => path.endsWith("bias")) };
}

/** The windows of a batch, [R + 1, B, C, ...N]: time first, so that a snapshot is one piece. */
export function batchOf({ data, batches, numRolloutSteps }: Problem, index: number): Tensor {
  const windows = batches[index]!;
  const snapshotShape = data.shape.slice(2);
  const size = sizeOf(snapshotShape);
  const shape = [numRolloutSteps + 1, windows.length, ...snapshotShape];
  const batch = new Float32Array(sizeOf(shape));
  windows.forEach(([sample, start], b) => {
    for (let t = 0; t <= numRolloutSteps; t++) {
      const from = (sample * data.shape[1]! + start + t) * size;
      batch.set(data.data.subarray(from, from + size), (t * windows.length + b) * size);
    }
  });
  return { data: batch, shape };
}

/** The layers of a problem from its parameters, in whatever form a library has them. */
export function layersOf<T>({ hasBias }: Problem, parameters: readonly T[]): { weight: T; bias: T | null }[] {
  if (!hasBias) return parameters.map((weight) => ({ weight, bias: null }));
  return Array.from({ length: parameters.length / 2 }, (_, i) => ({
    weight: parameters[2 * i]!,
    bias: parameters[2 * i + 1]!,
  }));
}

/** What an architecture needs of a library. */
export interface Layers<T, L> {
  /** A convolution over the periodic domain, with its bias. */
  conv(u: T, layer: L): T;
  /** The activation. */
  relu(u: T): T;
  /** The sum of two states. */
  add(a: T, b: T): T;
  /** The same state once more, for libraries that count references. */
  again(u: T): T;
}

/** The architecture of a problem, applied to a state. */
export function applyNetwork<T, L>(
  { architecture }: Problem,
  layers: readonly L[],
  u: T,
  ops: Layers<T, L>,
): T {
  const { conv, relu, add, again } = ops;
  if (architecture === "chain") {
    return layers.reduce((x, layer, i) => (i === 0 ? conv(x, layer) : conv(relu(x), layer)), u);
  }
  let x = conv(u, layers[0]!);
  for (let i = 1; i < layers.length - 1; i += 2) {
    const inner = relu(conv(again(x), layers[i]!));
    x = relu(add(conv(inner, layers[i + 1]!), x));
  }
  return conv(x, layers.at(-1)!);
}
