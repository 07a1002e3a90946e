/**
 * The profiler: the time of every kernel, by timestamps around each launch.
 *
 * @module
 */
import { GpuError } from "../errors.ts";
import type { GpuMemory, Ledger } from "./memory.ts";
import { encodeTexelCopy, type Launch, LaunchEncoder, type PassEncoder, type TexelCopy } from "./pass.ts";

/** Launches whose timestamps fit in one query set: WebGPU allows 4096 queries, two for each. */
const LAUNCHES_PER_SET = 2048;
/** The bytes of the two timestamps of a launch. */
const LAUNCH_BYTES = 16;

/** What the launches of a kernel took. */
export interface KernelTime {
  /** Its name: the op and its function, such as `conv.adjointW`, or the frame. */
  readonly kernel: string;
  /** How often it was launched. */
  readonly launches: number;
  /** Its time on the device in all, in milliseconds. */
  readonly milliseconds: number;
}

/** Times each launch: a pass for each, since timestamps stand at the ends of passes. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #ledger: Ledger;
  readonly #times = new Map<string, { launches: number; nanoseconds: number }>();
  #read: Promise<void> = Promise.resolve();

  /**
   * @param device the device
   * @param ledger creates buffers
   * @throws {GpuError} when the device has no timestamps
   */
  constructor(device: GPUDevice, ledger: Ledger) {
    if (!device.features.has("timestamp-query")) {
      throw new GpuError(
        "Cannot request Gpu as profile: true needs the feature timestamp-query: current adapter lacks it",
        { label: "profile" },
      );
    }
    this.#device = device;
    this.#ledger = ledger;
  }

  /**
   * Submits launches with timestamps around each.
   *
   * @param label the name of the passes
   * @param encode makes the launches
   */
  submit(label: string, encode: (pass: PassEncoder) => void): void {
    const launches: { launch: Launch; offsets: readonly number[]; copies: readonly TexelCopy[] }[] = [];
    let copies: TexelCopy[] = [];
    encode({
      launch: (launch, offsets) => {
        launches.push({ launch, offsets, copies });
        copies = [];
      },
      copyTexels: (copy) => copies.push(copy),
    });
    const encoder = this.#device.createCommandEncoder({ label });
    if (launches.length === 0) {
      for (const copy of copies) encodeTexelCopy(encoder, copy);
      return this.#device.queue.submit([encoder.finish()]);
    }
    const bytes = launches.length * LAUNCH_BYTES;
    using times = this.#ledger.allocate("timestamps", bytes, "timestamps");
    const staging = this.#ledger.allocate("timestamps read back", bytes, "staging");
    const launchEncoder = new LaunchEncoder();
    const sets: GPUQuerySet[] = [];
    for (let first = 0; first < launches.length; first += LAUNCHES_PER_SET) {
      const some = launches.slice(first, first + LAUNCHES_PER_SET);
      const querySet = this.#device.createQuerySet({ label, type: "timestamp", count: 2 * some.length });
      sets.push(querySet);
      some.forEach(({ launch, offsets, copies }, i) => {
        for (const copy of copies) encodeTexelCopy(encoder, copy);
        const timestampWrites = {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        };
        const pass = encoder.beginComputePass({ label, timestampWrites });
        launchEncoder.enter(pass);
        launchEncoder.launch(launch, offsets);
        pass.end();
      });
      encoder.resolveQuerySet(querySet, 0, 2 * some.length, times.buffer, first * LAUNCH_BYTES);
    }
    for (const copy of copies) encodeTexelCopy(encoder, copy);
    encoder.copyBufferToBuffer(times.buffer, 0, staging.buffer, 0, staging.bytes);
    this.#device.queue.submit([encoder.finish()]);
    const added = this.#add(launches.map(({ launch }) => launch.pipeline.label), staging, sets);
    this.#read = Promise.all([this.#read, added]).then(() => {});
    this.#read.catch(() => {}); // whoever asks for the times hears of it
  }

  /** What each kernel took so far, the longest first. */
  async times(): Promise<KernelTime[]> {
    await this.#read;
    return [...this.#times].map(([kernel, { launches, nanoseconds }]) => (
      { kernel, launches, milliseconds: nanoseconds / 1e6 }
    )).sort((a, b) => b.milliseconds - a.milliseconds);
  }

  /** Adds the times of launches once they are there; frees what brought them. */
  async #add(labels: readonly string[], staging: GpuMemory, sets: readonly GPUQuerySet[]): Promise<void> {
    try {
      await staging.buffer.mapAsync(GPUMapMode.READ);
      const stamps = new BigUint64Array(staging.buffer.getMappedRange());
      labels.forEach((label, i) => {
        const sum = this.#times.get(label) ?? { launches: 0, nanoseconds: 0 };
        sum.launches++;
        sum.nanoseconds += Number(stamps[2 * i + 1]! - stamps[2 * i]!);
        this.#times.set(label, sum);
      });
    } finally {
      staging[Symbol.dispose]();
      for (const querySet of sets) querySet.destroy();
    }
  }
}
