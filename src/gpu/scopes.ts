/**
 * Error scopes: what the device says of commands, kept until someone waits.
 *
 * @module
 */
import { GpuError, show } from "../errors.ts";

/** Runs commands inside error scopes, and keeps the first failure. */
export class ErrorScopes {
  /** The first failure; null where there is none so far. */
  failure: Error | null = null;
  readonly #device: GPUDevice;
  readonly #pending = new Set<Promise<void>>();

  /** @param device the device */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Runs commands; what the device says of them is thrown by the next `settled`.
   *
   * @param label the name of the commands
   * @param run makes them
   */
  run<T>(label: string, run: () => T): T {
    this.#device.pushErrorScope("out-of-memory");
    this.#device.pushErrorScope("validation");
    try {
      return run();
    } finally {
      const scopes = [this.#device.popErrorScope(), this.#device.popErrorScope()];
      const done = Promise.all(scopes).then((errors) => {
        const error = errors.find((e) => e !== null);
        if (error) {
          this.failure ??= new GpuError(
            `Cannot run ${label} as the device must accept its commands: current error is ${
              show(error.message)
            }`,
            { label, cause: error },
          );
        }
      }).finally(() => this.#pending.delete(done));
      this.#pending.add(done);
    }
  }

  /**
   * Waits for what the device says of all commands so far.
   *
   * @throws {GpuError} the first failure
   */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.failure) throw this.failure;
  }
}
