/**
 * What a device can do at most, and what it does best.
 *
 * @module
 */
import { GpuError } from "../errors.ts";
import type { GrantedDevice } from "./adapter.ts";
import type { GpuOptions } from "./options.ts";

/** `LP_MAX_TGSI_LOOP_ITERATIONS` of Mesa's llvmpipe. */
const SOFTWARE_LOOP_TURNS = 65535;

/**
 * Refuses a kernel whose loops turn too often.
 *
 * @param label the kernel
 * @param turns how often the loops of a lane turn in a launch
 * @param maxLoopTurns how often they may
 * @param remedy what would take fewer
 * @throws {GpuError} when they would turn more often
 */
export function requireTurns(label: string, turns: number, maxLoopTurns: number, remedy: string): void {
  if (turns <= maxLoopTurns) return;
  throw new GpuError(
    `Cannot compile kernel ${label} as the loops of a lane must turn at most ${maxLoopTurns} times on this adapter ` +
      `(take ${remedy}): current number of turns is up to ${turns}`,
    { label },
  );
}

/** The limits of a device. */
export class GpuLimits {
  /** How many bytes one binding may cover. */
  readonly maxBindingBytes: number;
  /** How many storage buffers a kernel may bind. */
  readonly maxBuffersPerKernel: number;
  /** How many workgroups an axis of a grid may have. */
  readonly maxGrid: number;
  /** The alignment of records and of bindings inside a buffer, in bytes. */
  readonly alignment: number;
  /**
   * How many bytes of a tensor that all lanes read a kernel should have in uniform memory: what the device can bind on a
   * software adapter, where such loads are cheap; 0 on a GPU, where lanes that read different elements would wait for each
   * other.
   */
  readonly maxUniformBytes: number;
  /**
   * How many rows a texture may have that kernels should read instead of a buffer: what the device grants on a software
   * adapter, where texels are what loads soonest; 0 on a GPU, where buffers do as well.
   */
  readonly maxTextureRows: number;
  /** How many storage textures a kernel may bind. */
  readonly maxTexturesPerKernel: number;
  /**
   * How many lanes a workgroup should have at most in which each carries samples of its own: those of one vector on a
   * software adapter, which takes one vector after another and every branch of a text in each; 256 on a GPU.
   */
  readonly maxLanes: number;
  /** How many lanes run together at least. */
  readonly vectorLanes: number;
  /**
   * How often the loops of a lane may turn in a launch, all together: Mesa's software adapter leaves every loop early
   * beyond that, without a word. Infinity on a GPU.
   */
  readonly maxLoopTurns: number;

  /**
   * Read off a device.
   *
   * @param granted the device
   * @param options `maxBindingBytes`
   */
  constructor(
    { device, isSoftware, readsTextures, vectorLanes }: GrantedDevice,
    { maxBindingBytes = Infinity }: GpuOptions,
  ) {
    const { limits } = device;
    this.maxBindingBytes = Math.min(
      limits.maxStorageBufferBindingSize,
      limits.maxBufferSize,
      maxBindingBytes,
    );
    this.maxBuffersPerKernel = limits.maxStorageBuffersPerShaderStage;
    this.maxGrid = limits.maxComputeWorkgroupsPerDimension;
    this.alignment = Math.max(limits.minUniformBufferOffsetAlignment, limits.minStorageBufferOffsetAlignment);
    this.maxUniformBytes = isSoftware ? limits.maxUniformBufferBindingSize : 0;
    this.maxTexturesPerKernel = limits.maxStorageTexturesPerShaderStage;
    this.maxTextureRows = isSoftware && readsTextures ? limits.maxTextureDimension2D : 0;
    this.vectorLanes = vectorLanes;
    this.maxLoopTurns = isSoftware ? SOFTWARE_LOOP_TURNS : Infinity;
    this.maxLanes = isSoftware ? vectorLanes : 256;
  }
}
