/**
 * Trajectories: reference data on the host and how it lies on the device.
 *
 * @module
 */
import { OptionsError, ShapeError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { GpuMemory } from "../gpu/memory.ts";
import { type NdArray, type Shape, showShape, sizeOf } from "../ndarray.ts";
import { strideOf } from "./resources.ts";
import type { Window } from "./windows.ts";

/** Checked trajectories, [S, T, C, ...N] or [S, T, D]. */
export class Trajectories {
  /** The numbers. */
  readonly data: NdArray;
  /** S, how many trajectories there are. */
  readonly numSamples: number;
  /** T, how many snapshots each has. */
  readonly numSnapshots: number;
  /** The shape of a snapshot, without sample and time. */
  readonly snapshotShape: Shape;

  /**
   * @param what what was to be done, for example `evaluate Supervised`
   * @param data the numbers
   * @param needed how many snapshots each trajectory must have
   * @param why what asks for so many; default: the initial state is among them
   * @throws {ShapeError} when there are too few axes or snapshots
   * @throws {OptionsError} when a number is not finite
   */
  constructor(what: string, data: NdArray, needed: number, why = "the initial state included") {
    if (data.shape.length < 3 || data.size === 0) {
      throw new ShapeError(
        `Cannot ${what} as data must have the axes [samples, snapshots, channels, ...space], none of them empty: ` +
          `current shape of data is ${showShape(data.shape)}`,
        { op: what, axis: "data", expected: "[S, T, C, ...N]", actual: showShape(data.shape) },
      );
    }
    const [samples, snapshots, ...rest] = data.shape;
    if (snapshots! < needed) {
      throw new ShapeError(
        `Cannot ${what} as trajectories need >= ${needed} snapshots (${why}): ` +
          `current count is ${snapshots}`,
        { op: what, axis: "T", expected: needed, actual: snapshots! },
      );
    }
    requireFinite(what, "data", data);
    this.data = data;
    this.numSamples = samples!;
    this.numSnapshots = snapshots!;
    this.snapshotShape = rest;
  }

  /** Its size on the device, every snapshot padded to a multiple of 4 floats. */
  get bytes(): number {
    return 4 * this.numSamples * this.numSnapshots * strideOf(this.snapshotShape);
  }

  /** Where the first snapshot of a window lies, counted in snapshots: what the device's table of windows holds. */
  indexOf({ sample, start }: Window): number {
    return sample * this.numSnapshots + start;
  }

  /** Writes the numbers to a buffer. */
  upload(gpu: Gpu, memory: GpuMemory): void {
    const stride = strideOf(this.snapshotShape);
    const size = sizeOf(this.snapshotShape);
    if (stride === size) {
      gpu.write(memory, this.data.data);
      return;
    }
    const padded = new Float32Array(this.bytes / 4);
    for (let row = 0; row < this.numSamples * this.numSnapshots; row++) {
      padded.set(this.data.data.subarray(row * size, (row + 1) * size), row * stride);
    }
    gpu.write(memory, padded);
  }
}

/**
 * Throws unless all numbers of an array are finite.
 *
 * @param what what was to be done
 * @param name the array's name
 * @param array the array
 * @throws {OptionsError} naming the first number that is not
 */
export function requireFinite(what: string, name: string, { data, shape }: NdArray): void {
  const i = data.findIndex((x) => !Number.isFinite(x));
  if (i < 0) return;
  const index = shape.map((length, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % length);
  throw new OptionsError(what, [{ path: `${name}[${index.join(", ")}]`, rule: "finite", value: data[i] }]);
}
