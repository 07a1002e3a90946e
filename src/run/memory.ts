/**
 * Counting: bytes by kind, and whether they fit, before anything is allocated.
 *
 * @module
 */
import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Layout } from "./layout.ts";
import type { Model } from "./model.ts";
import type { BufferSpec, ByteKind } from "./resources.ts";

/** Bytes on the device, by what they hold, and what is computed again to save them. */
export interface MemoryReport {
  /** Bytes of parameters, packed copies of them, their gradient and its partial sums, and constants. */
  readonly parameters: number;
  /** Bytes of states, their cotangents and the losses of single samples. */
  readonly states: number;
  /** Bytes of inner results and their cotangents, and of mirrors, which are textures. */
  readonly activations: number;
  /** Bytes of trajectories and windows, and of their copy in a texture. */
  readonly data: number;
  /** Bytes of the optimizer's state. */
  readonly optimizer: number;
  /** Bytes of records and tables. */
  readonly tables: number;
  /** Bytes in all. */
  readonly total: number;
  /** How many applications the reverse sweep computes a second time. */
  readonly recomputedApplications: number;
}

/** The bytes of buffers in all. */
export function totalOf(specs: readonly BufferSpec[]): number {
  return specs.reduce((total, { bytes }) => total + bytes, 0);
}

function largestOf(specs: readonly BufferSpec[]): BufferSpec {
  return specs.reduce((a, b) => b.bytes > a.bytes ? b : a);
}

/** Those that a binding must cover; of textures it sees all, whatever their size. */
const boundOf = (specs: readonly BufferSpec[]) => specs.filter(({ isTexture }) => !isTexture);

/** The bytes of a layout by kind. */
export function reportOf({ buffers, model }: Layout): MemoryReport {
  const sum = (kind: ByteKind) => totalOf(buffers.filter((s) => s.kind === kind));
  const [parameters, states, activations, data, optimizer, tables] =
    (["parameters", "states", "activations", "data", "optimizer", "tables"] as const).map(sum);
  return {
    parameters: parameters!,
    states: states!,
    activations: activations!,
    data: data!,
    optimizer: optimizer!,
    tables: tables!,
    total: totalOf(buffers),
    recomputedApplications: numRecomputed(model),
  };
}

/** How many applications a model computes beside the first time. */
function numRecomputed({ program: { actions } }: Model): number {
  const runs = actions.filter((a) => a.kind === "forward" || a.kind === "recompute").map((a) => a.state);
  return runs.length - new Set(runs).size;
}

/** Whether buffers fit: each in a binding, and all in a number of bytes; default: what is left of `maxBytes`. */
export function fits(gpu: Gpu, specs: readonly BufferSpec[], bytes = gpu.maxBytes - gpu.bytes): boolean {
  return totalOf(specs) <= bytes && largestOf(boundOf(specs)).bytes <= gpu.maxBindingBytes;
}

/** What might fit instead: a description, and the buffers it would take. */
export interface Alternative {
  /** The option to change, `batchSize: 8`. */
  readonly option: string;
  /** The buffers; computed only where they are asked for. */
  specs(): readonly BufferSpec[];
}

/**
 * Throws unless buffers fit on the device.
 *
 * @param what what was to be done, for example `train Supervised`
 * @param gpu the device
 * @param specs the buffers
 * @param alternatives what else to try, in order of preference; the first that fits is named
 * @throws {GpuError} naming the largest buffer, and what would fit
 */
export function requireFits(
  what: string,
  gpu: Gpu,
  specs: readonly BufferSpec[],
  alternatives: readonly Alternative[],
): void {
  if (fits(gpu, specs)) return;
  const largest = largestOf(specs);
  const free = gpu.maxBytes - gpu.bytes;
  const total = totalOf(specs);
  const found = alternatives.find((alternative) => fits(gpu, alternative.specs()));
  const bound = largestOf(boundOf(specs));
  if (bound.bytes > gpu.maxBindingBytes) {
    throw new GpuError(
      `Cannot ${what} as each buffer must fit in the ${gpu.maxBindingBytes} bytes that the device can bind` +
        `${found ? ` (those of ${found.option} would)` : ""}: ` +
        `current size of buffer ${bound.key} is ${bound.bytes} bytes`,
      { label: bound.key },
    );
  }
  const least = alternatives.at(-1);
  const way = found
    ? `${found.option} would, with ${totalOf(found.specs())} bytes`
    : `the least is ${least ? `${totalOf(least.specs())} bytes, with ${least.option}` : `${total} bytes`}`;
  throw new GpuError(
    `Cannot ${what} as its buffers must fit in the ${free} bytes left of maxBytes=${gpu.maxBytes} (${way}): ` +
      `current sum is ${total} bytes, the largest buffer being ${largest.key} with ${largest.bytes}`,
    { label: largest.key },
  );
}
