/**
 * Trajectories that stay in a `.npy` file.
 *
 * @module
 */
import {
  decodeElements,
  elementBytes,
  headerOf,
  PREFIX_BYTES,
  requireSize,
  startOf,
} from "../data/npy_format.ts";
import type { TrajectoryWindow } from "../data/sub_stacker.ts";
import type { TrajectorySource } from "../data/trajectory_source.ts";
import { DisposedError, ShapeError } from "../errors.ts";
import { type Shape, showShape, sizeOf } from "../ndarray.ts";

/** Trajectories in an open `.npy` file, of which only what is asked for is read. Made by {@linkcode openNpy}. */
export class NpyTrajectories implements TrajectorySource, Disposable {
  /** Where the file lies. */
  readonly path: string;
  /** The lengths of its axes, [S, T, ...]. */
  readonly shape: Shape;
  readonly #file: Deno.FsFile;
  readonly #descr: string;
  readonly #start: number;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(path: string, file: Deno.FsFile, descr: string, shape: Shape, start: number) {
    this.path = path;
    this.shape = shape;
    this.#file = file;
    this.#descr = descr;
    this.#start = start;
  }

  /**
   * Opens a file and checks its header and size; see {@linkcode openNpy}.
   *
   * @param path where the file lies
   */
  static async open(path: string): Promise<NpyTrajectories> {
    const what = `open npy ${path}`;
    const file = await Deno.open(path);
    try {
      const { size } = await file.stat();
      const prefix = await readAt(file, 0, new Uint8Array(Math.min(PREFIX_BYTES, size)));
      const length = Math.min(startOf(prefix, what), size);
      const header = headerOf(await readAt(file, 0, new Uint8Array(length)), what);
      const { descr, shape, start } = header;
      requireSize(header, size, what);
      if (shape.length < 2) {
        throw new ShapeError(
          `Cannot ${what} as it must have the axes [samples, snapshots, ...]: ` +
            `current shape is ${showShape(shape)}`,
          { op: "openNpy", axis: "S, T", expected: "[S, T, ...]", actual: showShape(shape) },
        );
      }
      return new NpyTrajectories(path, file, descr, shape, start);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * Consecutive snapshots of one trajectory.
   *
   * @param window the trajectory, and the first of the snapshots
   * @param numSnapshots how many
   * @throws {DisposedError} when the file has been closed
   * @throws {RangeError} when there are no such snapshots, the file has become shorter, or a number lies beyond float32
   */
  read(window: TrajectoryWindow, numSnapshots: number): Promise<Float32Array<ArrayBuffer>> {
    const result = this.#last.then(() => this.#read(window, numSnapshots));
    this.#last = result.catch(() => {}); // the file has one position, so reads take turns
    return result;
  }

  async #read({ sample, start }: TrajectoryWindow, numSnapshots: number): Promise<Float32Array<ArrayBuffer>> {
    const what = `read npy ${this.path}`;
    if (this.#disposed) throw new DisposedError("read", "NpyTrajectories");
    const [S, T, ...rest] = this.shape;
    const isInside = [sample, start, numSnapshots].every((n) => Number.isSafeInteger(n) && n >= 0) &&
      sample < S! && start + numSnapshots <= T!;
    if (!isInside) {
      throw new RangeError(
        `Cannot ${what} as snapshots must lie inside of ${S} samples of ${T} snapshots: ` +
          `current sample is ${sample}, current snapshots are [${start}, ${start + numSnapshots})`,
      );
    }
    const first = (sample * T! + start) * sizeOf(rest);
    const width = elementBytes({ descr: this.#descr });
    const bytes = new Uint8Array(numSnapshots * sizeOf(rest) * width);
    const found = await readAt(this.#file, this.#start + first * width, bytes);
    if (found.length < bytes.length) {
      throw new RangeError(
        `Cannot ${what} as it must be as long as when it was opened: ` +
          `current size is ${(await this.#file.stat()).size} bytes`,
      );
    }
    return decodeElements(bytes, { descr: this.#descr, shape: this.shape }, what, first);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#file.close();
  }
}

/** Fills bytes from a place of a file; gives those that there are. */
async function readAt(
  file: Deno.FsFile,
  place: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  await file.seek(place, Deno.SeekMode.Start);
  let done = 0;
  while (done < bytes.length) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/**
 * Opens the trajectories that `numpy.save` wrote without reading them. Trainers and objectives take the result in place
 * of an array, and read the windows that they need; close it when they are done with it.
 *
 * @param path where the file lies
 * @returns the trajectories; numbers are read as by `loadNpy`
 * @throws {RangeError} when the file is truncated or of another format, has a dtype of no plain numbers or Fortran order
 * @throws {ShapeError} when it has no axes for samples and snapshots
 * @throws {Deno.errors.NotFound} when there is no such file
 * @throws {Deno.errors.NotCapable} without permission to read
 *
 * @example
 * ```ts
 * import { adam, Gpu, random, sampleData, steppers, SupervisedTrainer } from "@unroll/unroll";
 * import { openNpy, saveNpy } from "@unroll/unroll/files";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/trajectories.npy`; // here stands in for one too large for the memory
 * await saveNpy(path, sampleData.advection1dPeriodic({ numSamples: 4, key: random.key(0) }));
 *
 * using data = await openNpy(path);
 * assertEquals(data.shape, [4, 100, 1, 30]);
 * await using gpu = await Gpu.request();
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: random.key(1) });
 * const trainer = new SupervisedTrainer(gpu, data, { optimizer: adam(1e-2), numTrainingSteps: 10, batchSize: 8 });
 * assertEquals((await trainer.train(stepper, { key: random.key(2) })).update, 10);
 * ```
 */
export function openNpy(path: string): Promise<NpyTrajectories> {
  return NpyTrajectories.open(path);
}
