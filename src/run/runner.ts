/**
 * Runners: what interprets a program on the device.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import type { GpuMemory, GpuTexels } from "../gpu/memory.ts";
import type { PassEncoder } from "../gpu/pass.ts";
import type { KernelSet } from "./kernels.ts";
import type { Layout } from "./layout.ts";

/** What a runner is made for: one plan. */
export interface RunnerContext {
  /** The device. */
  readonly gpu: Gpu;
  /** The layout of the plan. */
  readonly layout: Layout;
  /** Compiles kernels for the buffers of the plan. */
  readonly kernels: KernelSet;
  /** The modules of an optimizer's only stage, for a runner that steps the parameters itself; null for none. */
  readonly stage: Readonly<Record<string, string>> | null;
  /** A buffer of the plan by its key. */
  buffer(key: string): GpuMemory;
  /** A texture of the plan by its key. */
  texels(key: string): GpuTexels;
}

/** Encodes updates: forward, losses, reverse, gradient. */
export interface Runner {
  /**
   * @param pass the pass
   * @param first the place of the first update in the tables
   * @param count how many updates
   */
  encode(pass: PassEncoder, first: number, count: number): void;
}
