/**
 * Watches calls of WebGPU itself, whatever the library counts on its own.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any
type Method = (this: any, ...args: any[]) => unknown;

/** Replaces a method until it is disposed. */
export function replaced(owner: object, name: string, make: (original: Method) => Method): Disposable {
  const methods = owner as Record<string, Method>;
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original = methods[name]!;
  Object.defineProperty(owner, name, { value: make(original), configurable: true, writable: true });
  return {
    [Symbol.dispose]() {
      if (descriptor) Object.defineProperty(owner, name, descriptor);
      else delete methods[name];
    },
  };
}

/** What the device was asked for while this lives. */
export class Calls implements Disposable {
  readonly #counts = new Map<string, number>();
  readonly #dispatched: string[] = [];
  readonly #errors: string[] = [];
  readonly #stack = new DisposableStack();
  #label = "";

  constructor() {
    const device = [
      "createBuffer",
      "createShaderModule",
      "createComputePipeline",
      "createComputePipelineAsync",
      "createBindGroup",
      "createBindGroupLayout",
      "pushErrorScope",
      "popErrorScope",
    ];
    for (const name of device) this.#watch(GPUDevice.prototype, name, () => {});
    this.#watch(GPUQueue.prototype, "submit", () => {});
    this.#watch(GPUComputePassEncoder.prototype, "setPipeline", (pipeline) => {
      this.#label = (pipeline as GPUComputePipeline).label;
    });
    this.#watch(
      GPUComputePassEncoder.prototype,
      "dispatchWorkgroups",
      () => this.#dispatched.push(this.#label),
    );
    const listen = (x: unknown) => {
      const { error } = x as GPUUncapturedErrorEvent;
      this.#errors.push(error.message);
    };
    this.#stack.use(replaced(GPUAdapter.prototype, "requestDevice", (original) =>
      async function (...args) {
        const device = await original.apply(this, args) as GPUDevice;
        device.addEventListener("uncapturederror", listen);
        return device;
      }));
  }

  #watch(owner: object, name: string, see: (...args: unknown[]) => void): void {
    const counts = this.#counts;
    counts.set(name, 0);
    this.#stack.use(replaced(owner, name, (original) =>
      function (...args) {
        counts.set(name, counts.get(name)! + 1);
        see(...args);
        return original.apply(this, args);
      }));
  }

  /** How often a method was called since the last `reset`. */
  count(name: string): number {
    return this.#counts.get(name)!;
  }

  /** How often each pipeline was dispatched since the last `reset`, by its label. */
  get dispatches(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const label of this.#dispatched) counts[label] = (counts[label] ?? 0) + 1;
    return counts;
  }

  /** What devices requested since reported to no error scope. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Counts from 0 again. */
  reset(): void {
    for (const name of this.#counts.keys()) this.#counts.set(name, 0);
    this.#dispatched.length = 0;
  }

  [Symbol.dispose](): void {
    this.#stack[Symbol.dispose]();
  }
}
