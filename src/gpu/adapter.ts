/**
 * The adapter, and the device that it grants.
 *
 * @module
 */
import { GpuError } from "../errors.ts";

/** How to get a software adapter, for machines without a GPU. */
const REMEDY = "on Debian or Ubuntu, `apt-get install mesa-vulkan-drivers` installs a software one; " +
  "in a browser, enable WebGPU";

/**
 * Asks for the fastest adapter, with all the limits and features that it has.
 *
 * @returns the device, and the adapter's name
 * @throws {GpuError} when there is no adapter
 */
export async function requestDevice(): Promise<{ readonly device: GPUDevice; readonly name: string }> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter({ powerPreference: "high-performance" }) ??
    null;
  if (adapter === null) {
    throw new GpuError(
      `Cannot request Gpu as WebGPU must find an adapter: current adapter is none (${REMEDY})`,
      { label: "adapter" },
    );
  }
  const { info, limits, features } = adapter;
  const device = await adapter.requestDevice({
    label: "unroll",
    requiredFeatures: features.has("timestamp-query") ? ["timestamp-query"] : [],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
  return { device, name: info.description || info.device || info.vendor || "unnamed adapter" };
}
