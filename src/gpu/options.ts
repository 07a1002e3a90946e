/**
 * What may be asked of a device.
 *
 * @module
 */
import * as z from "zod";
import { checkOptions, flag, positive } from "../options.ts";

/** Options of {@linkcode Gpu.request}. */
export interface GpuOptions {
  /**
   * How many bytes the buffers may hold together; default: what the device grants. WebGPU does not tell how much that
   * is, so without this option at most 1 GiB of data is kept on the device in training; more is streamed.
   */
  readonly maxBytes?: number;
  /**
   * How many bytes one buffer may hold; default: what the device can bind. Less shows how a run does on a device that
   * grants less, such as the 128 MiB of a browser.
   */
  readonly maxBindingBytes?: number;
  /**
   * Whether to time each kernel, for `kernelTimes()`; default false. Each launch is then a pass of its own, which takes
   * longer in all and gives the same bits.
   */
  readonly profile?: boolean;
}

/**
 * Throws unless options hold.
 *
 * @param options the options
 * @throws {OptionsError} naming every one that does not
 */
export function checkGpuOptions(options: GpuOptions): void {
  const bytes = z.optional(positive());
  const schema = { maxBytes: bytes, maxBindingBytes: bytes, profile: z.optional(flag()) };
  checkOptions("request Gpu", schema, options);
}
