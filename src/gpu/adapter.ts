/**
 * The adapter, and the device that it grants.
 *
 * @module
 */
import { GpuError } from "../errors.ts";

/** How to get a software adapter, for machines without a GPU. */
const REMEDY = "on Debian or Ubuntu, `apt-get install mesa-vulkan-drivers` installs a software one; " +
  "in a browser, enable WebGPU";

/** The least lanes that run together, where adapters say nothing of that. */
const LEAST_LANES = 4;

/** The features of WGSL; Deno has them, and its types do not. */
function languageFeatures(): ReadonlySet<string> {
  return (navigator.gpu as { readonly wgslLanguageFeatures?: ReadonlySet<string> }).wgslLanguageFeatures ??
    new Set();
}

/** A device, and what its adapter says about itself. */
export interface GrantedDevice {
  /** The device. */
  readonly device: GPUDevice;
  /** The adapter's name. */
  readonly name: string;
  /** Whether a processor plays the GPU. */
  readonly isSoftware: boolean;
  /** Whether kernels can read textures that others write. */
  readonly readsTextures: boolean;
  /** How many lanes run together at least, a power of two >= 4. */
  readonly vectorLanes: number;
}

/**
 * Asks for the fastest adapter, with all the limits and features that it has.
 *
 * @throws {GpuError} when there is no adapter
 */
export async function requestDevice(): Promise<GrantedDevice> {
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
      maxUniformBufferBindingSize: limits.maxUniformBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxTextureDimension2D: limits.maxTextureDimension2D,
      maxStorageTexturesPerShaderStage: limits.maxStorageTexturesPerShaderStage,
    },
  });
  const name = info.description || info.device || info.vendor || "unnamed adapter";
  return {
    device,
    name,
    isSoftware: info.isFallbackAdapter,
    readsTextures: languageFeatures().has("readonly_and_readwrite_storage_textures"),
    vectorLanes: Math.max(info.subgroupMinSize ?? 0, LEAST_LANES),
  };
}
