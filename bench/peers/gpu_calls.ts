/**
 * What a library asks of WebGPU, whichever library it is: dispatches, bytes of buffers and textures, and the time of encoding.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any
type Method = (this: any, ...args: any[]) => unknown;

/** Wraps WebGPU's methods until it is disposed. */
export class GpuCalls implements Disposable {
  /** Dispatches so far. */
  dispatches = 0;
  /** The most bytes that buffers and textures held at a time. */
  peakBytes = 0;
  /**
   * For each encoder of at least {@linkcode MANY_LAUNCHES} launches: the seconds from making to finishing it for each of
   * them, passes and copies included.
   */
  readonly encodings: number[] = [];
  #bytes = 0;
  readonly #stack = new DisposableStack();

  constructor() {
    const held = new WeakMap<object, number>();
    const encoders = new WeakMap<object, { readonly start: number; readonly dispatches: number }>();
    // deno-lint-ignore no-this-alias
    const calls = this;
    const hold = <T extends object>(
      create: string,
      { prototype }: { prototype: T },
      bytesOf: (x: T) => number,
    ) => {
      this.#wrap(GPUDevice.prototype, create, (original) =>
        function (...args) {
          const made = original.apply(this, args) as T;
          held.set(made, bytesOf(made));
          calls.#bytes += bytesOf(made);
          calls.peakBytes = Math.max(calls.peakBytes, calls.#bytes);
          return made;
        });
      this.#wrap(prototype, "destroy", (original) =>
        function () {
          calls.#bytes -= held.get(this) ?? 0;
          held.delete(this);
          return original.call(this);
        });
    };
    hold("createBuffer", GPUBuffer, ({ size }) => size);
    hold("createTexture", GPUTexture, textureBytes);
    for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"]) {
      this.#wrap(GPUComputePassEncoder.prototype, name, (original) =>
        function (...args) {
          calls.dispatches++;
          return original.apply(this, args);
        });
    }
    this.#wrap(GPUDevice.prototype, "createCommandEncoder", (original) =>
      function (...args) {
        const encoder = original.apply(this, args) as GPUCommandEncoder;
        encoders.set(encoder, { start: performance.now(), dispatches: calls.dispatches });
        return encoder;
      });
    this.#wrap(GPUCommandEncoder.prototype, "finish", (original) =>
      function (...args) {
        const { start, dispatches } = encoders.get(this)!;
        const launches = calls.dispatches - dispatches;
        if (launches >= MANY_LAUNCHES) {
          calls.encodings.push((performance.now() - start) / 1000 / launches);
        }
        return original.apply(this, args);
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

/** How many launches must be encoded together for what belongs to none of them not to count. */
const MANY_LAUNCHES = 100;

/** The bytes of a texture of four floats a texel; the peers make none. */
const textureBytes = ({ width, height }: GPUTexture): number => 16 * width * height;
