/**
 * What a library asks of WebGPU, whichever library it is: dispatches, bytes of buffers, and the time in passes.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any
type Method = (this: any, ...args: any[]) => unknown;

/** Wraps WebGPU's methods until it is disposed. */
export class GpuCalls implements Disposable {
  /** Dispatches so far. */
  dispatches = 0;
  /** The most bytes that buffers held at a time. */
  peakBytes = 0;
  /** Launches in passes of at least {@linkcode LARGE_PASS}, and the seconds from the start to the end of those passes. */
  readonly encoded = { launches: 0, seconds: 0 };
  #bytes = 0;
  readonly #stack = new DisposableStack();

  constructor() {
    const held = new WeakMap<object, number>();
    const passes = new WeakMap<object, { readonly start: number; readonly dispatches: number }>();
    // deno-lint-ignore no-this-alias
    const calls = this;
    this.#wrap(GPUDevice.prototype, "createBuffer", (original) =>
      function (...args) {
        const buffer = original.apply(this, args) as GPUBuffer;
        held.set(buffer, buffer.size);
        calls.#bytes += buffer.size;
        calls.peakBytes = Math.max(calls.peakBytes, calls.#bytes);
        return buffer;
      });
    this.#wrap(GPUBuffer.prototype, "destroy", (original) =>
      function () {
        calls.#bytes -= held.get(this) ?? 0;
        held.delete(this);
        return original.call(this);
      });
    for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"]) {
      this.#wrap(GPUComputePassEncoder.prototype, name, (original) =>
        function (...args) {
          calls.dispatches++;
          return original.apply(this, args);
        });
    }
    this.#wrap(GPUCommandEncoder.prototype, "beginComputePass", (original) =>
      function (...args) {
        const pass = original.apply(this, args) as GPUComputePassEncoder;
        passes.set(pass, { start: performance.now(), dispatches: calls.dispatches });
        return pass;
      });
    this.#wrap(GPUComputePassEncoder.prototype, "end", (original) =>
      function () {
        const { start, dispatches } = passes.get(this)!;
        const launches = calls.dispatches - dispatches;
        if (launches >= LARGE_PASS) {
          calls.encoded.launches += launches;
          calls.encoded.seconds += (performance.now() - start) / 1000;
        }
        return original.call(this);
      });
  }

  #wrap(owner: object, name: string, make: (original: Method) => Method): void {
    const methods = owner as Record<string, Method>;
    const original = methods[name]!;
    methods[name] = make(original);
    this.#stack.defer(() => methods[name] = original);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** How many launches a pass must have for the start and end of it not to count. */
const LARGE_PASS = 100;
