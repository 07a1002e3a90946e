/**
 * Compute pipelines and their bind groups.
 *
 * @module
 */
import { GpuError } from "../errors.ts";
import { type DeviceMemory, TEXEL_FORMAT } from "./memory.ts";

/** A position in a module of a kernel. */
interface SourcePosition {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

type BindingKind = "record" | "uniform" | "read" | "read_write" | "texture_read" | "texture_write";

/** What a pipeline is made of. */
export interface KernelSource {
  /** The kernel's name. */
  readonly label: string;
  /** Its text, and where each stretch of it comes from. */
  readonly text: { readonly code: string; sourceAt(offset: number): SourcePosition };
  /** The bindings of group 0 that it uses. */
  readonly bindings: readonly {
    readonly name: string;
    readonly binding: number;
    readonly kind: BindingKind;
  }[];
  /** The values of its `override` declarations that a pipeline is specialized for; default none. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** What a binding sees: a stretch of a buffer, or a texture. */
export interface BoundStretch {
  /** The buffer or texture. */
  readonly memory: DeviceMemory;
  /** The first byte; default 0. */
  readonly offset?: number;
  /** How many bytes; default all. */
  readonly bytes?: number;
}

/** The buffers and textures of one launch. */
export interface BindGroup {
  /** The bind group itself. */
  readonly group: GPUBindGroup;
}

const texture = (access: GPUStorageTextureAccess) => ({ storageTexture: { access, format: TEXEL_FORMAT } });

/** What the layout of a bind group says of a binding. */
const LAYOUTS: Readonly<Record<BindingKind, Omit<GPUBindGroupLayoutEntry, "binding" | "visibility">>> = {
  record: { buffer: { type: "uniform", hasDynamicOffset: true } },
  uniform: { buffer: { type: "uniform" } },
  read: { buffer: { type: "read-only-storage" } },
  read_write: { buffer: { type: "storage" } },
  texture_read: texture("read-only"),
  texture_write: texture("write-only"),
};

/** A compiled kernel. */
export class Pipeline {
  /** The kernel's name. */
  readonly label: string;
  /** The pipeline itself. */
  readonly pipeline: GPUComputePipeline;
  readonly #layout: GPUBindGroupLayout;
  readonly #kernel: KernelSource;

  /**
   * Made by {@linkcode createPipeline}.
   *
   * @param kernel label, text and bindings
   * @param pipeline the pipeline itself
   * @param layout the layout of its group 0
   */
  constructor(kernel: KernelSource, pipeline: GPUComputePipeline, layout: GPUBindGroupLayout) {
    this.label = kernel.label;
    this.pipeline = pipeline;
    this.#kernel = kernel;
    this.#layout = layout;
  }

  /**
   * A bind group with these buffers.
   *
   * @param device the device
   * @param resources for each binding name, what it sees; of a record's table one record
   */
  bind(device: GPUDevice, resources: Readonly<Record<string, BoundStretch>>): BindGroup {
    const entries = this.#kernel.bindings.map(({ name, binding }) => {
      const { memory, offset = 0, bytes = memory.bytes - offset } = resources[name]!;
      return { binding, resource: memory.resource(offset, bytes) };
    });
    return { group: device.createBindGroup({ label: this.label, layout: this.#layout, entries }) };
  }
}

/**
 * Compiles a kernel.
 *
 * @param device the device
 * @param kernel label, text and bindings
 * @throws {GpuError} when the text is not valid WGSL for its bindings, naming file and line
 */
export async function createPipeline(device: GPUDevice, kernel: KernelSource): Promise<Pipeline> {
  const { label, text, bindings, constants = {} } = kernel;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code: text.code });
  const layout = device.createBindGroupLayout({
    label,
    entries: bindings.map(({ binding, kind }) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      ...LAYOUTS[kind],
    })),
  });
  const pipeline = device.createComputePipeline({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main", constants },
  });
  const error = await device.popErrorScope();
  if (error === null) return new Pipeline(kernel, pipeline, layout);
  const { messages } = await module.getCompilationInfo();
  const first = messages.find((m) => m.type === "error");
  const at = first ? text.sourceAt(first.offset) : null;
  const where = at ? `${at.path}.wgsl:${at.line}:${at.column}: ` : "";
  throw new GpuError(
    `Cannot compile kernel ${label} as its WGSL must be valid: current error is ${where}${
      (first?.message ?? error.message).trim()
    }`,
    { label, cause: error },
  );
}
