/**
 * The device: the one place that asks for an adapter, creates buffers and pipelines, and submits work.
 *
 * @module
 */
import { DisposedError, GpuError } from "../errors.ts";
import { type GrantedDevice, requestDevice } from "./adapter.ts";
import { type GpuMemory, type GpuTexels, Ledger, type MemoryKind } from "./memory.ts";
import { bytesOf, encodeCopies, encodePasses, type PassEncoder, type Stretch } from "./pass.ts";
import { type KernelTime, Profiler } from "./profiler.ts";
import { GpuLimits } from "./limits.ts";
import { checkGpuOptions, type GpuOptions } from "./options.ts";
import { ErrorScopes } from "./scopes.ts";
import {
  type BindGroup,
  type BoundStretch,
  createPipeline,
  type KernelSource,
  type Pipeline,
} from "./pipeline.ts";

/**
 * A WebGPU device with its limits, its live buffers and its pipelines. Frees everything when it is disposed.
 *
 * @example
 * ```ts
 * import { Gpu } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request({ maxBytes: 64 * 2 ** 20 });
 * assert(gpu.name.length > 0);
 * ```
 */
export class Gpu extends GpuLimits implements Disposable, AsyncDisposable {
  /** The adapter's name. */
  readonly name: string;
  readonly #device: GPUDevice;
  readonly #ledger: Ledger;
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  readonly #scopes: ErrorScopes;
  readonly #profiler: Profiler | null;
  #disposed = false;

  private constructor(granted: GrantedDevice, options: GpuOptions) {
    super(granted, options);
    const { device, name } = granted;
    const { maxBytes = Infinity, profile = false } = options;
    this.#device = device;
    this.name = name;
    this.#ledger = new Ledger(device, maxBytes);
    this.#profiler = profile ? new Profiler(device, this.#ledger) : null;
    this.#scopes = new ErrorScopes(device);
    device.lost.then(({ message, reason }) => {
      if (this.#disposed) return;
      this.#scopes.failure ??= new GpuError(
        `Cannot use Gpu as its device must be present: current device is lost (${reason}: ${message})`,
        { label: "device" },
      );
    });
  }

  /**
   * Asks for the fastest adapter, with all the limits and features that it has.
   *
   * @param options `maxBytes`, `maxBindingBytes`, `profile`
   * @throws {OptionsError} on options that do not hold
   * @throws {GpuError} when there is no adapter, or a profile is asked of one without timestamps
   */
  static async request(options: GpuOptions = {}): Promise<Gpu> {
    checkGpuOptions(options);
    return new Gpu(await requestDevice(), options);
  }

  /** Bytes of all live buffers. */
  get bytes(): number {
    return this.#ledger.bytes;
  }

  /** How many bytes the buffers may hold together. */
  get maxBytes(): number {
    return this.#ledger.maxBytes;
  }

  /** The live buffers: their labels and bytes. */
  get buffers(): readonly { readonly label: string; readonly bytes: number }[] {
    return this.#ledger.entries();
  }

  /**
   * Creates a buffer filled with zeros.
   *
   * @param label its name in messages and in the ledger
   * @param bytes its size
   * @param kind `"storage"`, or `"record"` for a table of uniform records
   * @throws {GpuError} when it would exceed `maxBytes` or what the device has
   * @ignore for runners
   */
  allocate(label: string, bytes: number, kind: MemoryKind = "storage"): GpuMemory {
    this.#check("allocate on");
    return this.#ledger.allocate(label, bytes, kind);
  }

  /**
   * Creates a texture of four floats a texel, filled with zeros.
   *
   * @param label its name in messages and in the ledger
   * @param width its texels in a row
   * @param height its rows
   * @throws {GpuError} when it would exceed `maxBytes` or what the device has
   * @ignore for runners
   */
  allocateTexels(label: string, width: number, height: number): GpuTexels {
    this.#check("allocate on");
    return this.#scopes.run(`texture ${label}`, () => this.#ledger.allocateTexels(label, width, height));
  }

  /**
   * Writes to a buffer; earlier submits still see the old contents.
   *
   * @param memory the buffer
   * @param data what to write
   * @param offset the first byte; default 0
   * @ignore for runners
   */
  write(memory: GpuMemory, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    this.#check("write to");
    if (data.byteLength === 0) return; // Deno 2.9.6 panics on an empty write (ext/webgpu/queue.rs, an unwrap)
    const write = () => this.#device.queue.writeBuffer(memory.buffer, offset, data);
    this.#scopes.run(`write to ${memory.label}`, write);
  }

  /**
   * The pipeline of a kernel, compiled once for each distinct text and the constants that it is specialized for.
   *
   * @param kernel label, text and bindings
   * @throws {GpuError} when the text does not compile, naming file and line
   * @ignore for runners
   */
  pipeline(kernel: KernelSource): Promise<Pipeline> {
    this.#check("compile on");
    const key = JSON.stringify(kernel.constants ?? {}) + kernel.text.code;
    const known = this.#pipelines.get(key) ?? createPipeline(this.#device, kernel);
    this.#pipelines.set(key, known);
    return known;
  }

  /**
   * The bind group of a pipeline.
   *
   * @param pipeline the pipeline
   * @param resources for each binding name, what it sees
   * @ignore for runners
   */
  bind(pipeline: Pipeline, resources: Readonly<Record<string, BoundStretch>>): BindGroup {
    this.#check("bind on");
    return this.#scopes.run(`bind group of ${pipeline.label}`, () => pipeline.bind(this.#device, resources));
  }

  /**
   * Encodes launches, as `prepare`, and submits them.
   *
   * @ignore for runners
   */
  submit(label: string, encode: (pass: PassEncoder) => void): void {
    this.prepare(label, encode)();
  }

  /**
   * Encodes launches, and copies between them. What goes wrong is thrown by the next `read` or `settled`.
   *
   * @param label the name of what is submitted
   * @param encode makes the launches
   * @returns what submits them, once; they see what was written until then
   * @ignore for runners
   */
  prepare(label: string, encode: (pass: PassEncoder) => void): () => void {
    this.#check("submit to");
    const profiler = this.#profiler;
    if (profiler) return () => this.#scopes.run(label, () => profiler.submit(label, encode));
    const commands = this.#scopes.run(label, () => {
      const encoder = this.#device.createCommandEncoder({ label });
      encodePasses(encoder, encode);
      return encoder.finish();
    });
    return () => this.#scopes.run(label, () => this.#device.queue.submit([commands]));
  }

  /**
   * Copies a whole buffer to another of the same size, after everything submitted so far.
   *
   * @param source where from
   * @param target where to
   * @ignore for runners
   */
  copy(source: GpuMemory, target: GpuMemory): void {
    this.copyStretches(`copy of ${source.label}`, target, [{ memory: source }]);
  }

  /**
   * Copies stretches of buffers into another, one behind the other, after everything submitted so far.
   *
   * @param label the name of the copies
   * @param target where to, from its first byte on
   * @param stretches where from
   * @ignore for runners
   */
  copyStretches(label: string, target: GpuMemory, stretches: readonly Stretch[]): void {
    this.#check("copy on");
    this.#scopes.run(label, () => {
      const encoder = this.#device.createCommandEncoder({ label });
      encodeCopies(encoder, target, stretches);
      this.#device.queue.submit([encoder.finish()]);
    });
  }

  /**
   * Reads stretches of buffers back, with one wait for all of them, after everything submitted so far.
   *
   * @param stretches what to read
   * @returns their bytes, in order
   * @throws {GpuError} when something submitted before has failed
   * @ignore for runners
   */
  async read(stretches: readonly Stretch[]): Promise<ArrayBuffer[]> {
    this.#check("read from");
    const sizes = stretches.map(bytesOf);
    const staging = this.#ledger.allocate("read back", sizes.reduce((a, b) => a + b, 0), "staging");
    try {
      this.#scopes.run("read back", () => {
        const encoder = this.#device.createCommandEncoder({ label: "read back" });
        encodeCopies(encoder, staging, stretches);
        this.#device.queue.submit([encoder.finish()]);
      });
      await staging.buffer.mapAsync(GPUMapMode.READ);
      await this.#scopes.settled();
      const all = staging.buffer.getMappedRange();
      let at = 0;
      return sizes.map((bytes) => all.slice(at, at += bytes));
    } finally {
      staging[Symbol.dispose]();
    }
  }

  /**
   * Waits until everything submitted so far has run.
   *
   * @throws {GpuError} when something of it has failed
   * @ignore for runners
   */
  async settled(): Promise<void> {
    this.#check("wait for");
    await this.#device.queue.onSubmittedWorkDone();
    await this.#scopes.settled();
  }

  /**
   * What each kernel took on the device so far, the longest first; empty without `profile: true`. Copies between kernels
   * are in none of them.
   *
   * @throws {GpuError} when something submitted before has failed
   *
   * @example
   * ```ts
   * import { Gpu, Objective, random, sampleData, steppers, Supervised } from "@unroll/unroll";
   * import { assertEquals } from "@std/assert";
   *
   * await using gpu = await Gpu.request({ profile: true });
   * const data = sampleData.advection1dPeriodic({ key: random.key(0) });
   * const options = { spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2 } as const;
   * const stepper = steppers.conv({ ...options, key: random.key(1) });
   * using objective = new Objective(gpu, new Supervised(), { stepper, data, runner: "launches" });
   * await objective.valueAndGrad();
   * const times = await gpu.kernelTimes(); // [{ kernel: "conv.adjointW", launches: 1, milliseconds: 0.2 }, ...]
   * assertEquals(times.find(({ kernel }) => kernel === "conv.forward")?.launches, 1);
   * ```
   */
  async kernelTimes(): Promise<KernelTime[]> {
    await this.settled();
    return await this.#profiler?.times() ?? [];
  }

  /** Frees all buffers and the device. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#ledger.clear();
    this.#device.destroy();
  }

  /** Waits for what is under way, then frees all buffers and the device. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#disposed) await this.#device.queue.onSubmittedWorkDone();
    this[Symbol.dispose]();
  }

  #check(action: string): void {
    if (this.#disposed) throw new DisposedError(action, "Gpu");
    if (this.#scopes.failure) throw this.#scopes.failure;
  }
}
