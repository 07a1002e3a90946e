/**
 * Trajectories: reference data on the host.
 *
 * @module
 */
import type { TrajectoryData, TrajectorySource } from "../data/trajectory_source.ts";
import { DataError, OptionsError, ShapeError, show } from "../errors.ts";
import { indexIn, NdArray, type Shape, showShape, sizeOf } from "../ndarray.ts";
import { strideOf } from "./strides.ts";
import type { Window, WindowList } from "./windows.ts";

/** Checked trajectories, [S, T, C, ...N] or [S, T, D]. Those of a source are checked when they are read. */
export class Trajectories {
  /** The numbers, or where they come from. */
  readonly data: TrajectoryData;
  /** S, how many trajectories there are. */
  readonly numSamples: number;
  /** T, how many snapshots each has. */
  readonly numSnapshots: number;
  /** The shape of a snapshot, without sample and time. */
  readonly snapshotShape: Shape;

  /**
   * @param what what was to be done, for example `evaluate Supervised`
   * @param data the numbers, or where they come from
   * @param needed how many snapshots each trajectory must have
   * @param why what asks for so many; default: the initial state is among them
   * @throws {ShapeError} when there are too few axes or snapshots
   * @throws {OptionsError} when a number of an array is not finite
   */
  constructor(what: string, data: TrajectoryData, needed: number, why = "the initial state included") {
    if (data.shape.length < 3 || sizeOf(data.shape) === 0) {
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
    if (data instanceof NdArray) requireFinite(what, "data", data);
    this.data = data;
    this.numSamples = samples!;
    this.numSnapshots = snapshots!;
    this.snapshotShape = rest;
  }

  /** Floats of a snapshot on the device, where it is padded to a multiple of 4. */
  get stride(): number {
    return strideOf(this.snapshotShape);
  }

  /** Their size on the device. */
  get bytes(): number {
    return 4 * this.numSamples * this.numSnapshots * this.stride;
  }

  /** Where the first snapshot of a window lies among all of them, counted in snapshots. */
  indexOf({ sample, start }: Window): number {
    return sample * this.numSnapshots + start;
  }

  /**
   * Snapshots of windows one after another, padded as on the device.
   *
   * @param windows the windows
   * @param length how many snapshots of each
   * @throws {DataError} when the source fails, or gives something else than it must
   */
  async read(windows: WindowList, length: number): Promise<Float32Array<ArrayBuffer>> {
    const { stride } = this;
    const size = sizeOf(this.snapshotShape);
    const padded = new Float32Array(windows.length * length * stride);
    for (let i = 0; i < windows.length; i++) {
      const window = windows.window(i);
      const snapshots = this.data instanceof NdArray
        ? this.data.data.subarray(this.indexOf(window) * size, (this.indexOf(window) + length) * size)
        : this.#check(window, length, await this.#ask(this.data, window, length));
      const at = i * length * stride;
      if (stride === size) padded.set(snapshots, at);
      else {
        for (let t = 0; t < length; t++) {
          padded.set(snapshots.subarray(t * size, (t + 1) * size), at + t * stride);
        }
      }
    }
    return padded;
  }

  async #ask(source: TrajectorySource, window: Window, length: number): Promise<Float32Array> {
    try {
      return await source.read(window, length);
    } catch (cause) {
      const { sample, start } = window;
      throw new DataError(
        `Cannot read data of sample ${sample} from snapshot ${start} on as the source must give them: ` +
          `current error is ${show(cause instanceof Error ? cause.message : cause)}`,
        { sample, snapshot: start, cause },
      );
    }
  }

  /** What a source gave, if it is what it must be. */
  #check({ sample, start }: Window, length: number, snapshots: Float32Array): Float32Array {
    const size = sizeOf(this.snapshotShape);
    if (!(snapshots instanceof Float32Array) || snapshots.length !== length * size) {
      const given = snapshots instanceof Float32Array ? `${snapshots.length} numbers` : show(snapshots);
      throw new DataError(
        `Cannot read data of sample ${sample} from snapshot ${start} on as the source must give a Float32Array of ` +
          `${length * size} numbers (${length} snapshots of ${showShape(this.snapshotShape)}): ` +
          `current result is ${given}`,
        { sample, snapshot: start },
      );
    }
    const i = firstNotFinite(snapshots);
    if (i < 0) return snapshots;
    const snapshot = start + Math.floor(i / size);
    const place = showShape([sample, snapshot, ...indexIn(this.snapshotShape, i % size)]);
    throw new DataError(
      `Cannot read data of sample ${sample} from snapshot ${start} on as the numbers must be finite: ` +
        `current data${place} is ${snapshots[i]}`,
      { sample, snapshot },
    );
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
  const i = firstNotFinite(data);
  if (i < 0) return;
  const path = `${name}${showShape(indexIn(shape, i))}`;
  throw new OptionsError(what, [{ path, rule: "finite", value: data[i] }]);
}

/** Where the first number lies that is not finite; -1 where all are. A loop, since a gigabyte may come by. */
function firstNotFinite(numbers: Float32Array): number {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return i;
  return -1;
}
