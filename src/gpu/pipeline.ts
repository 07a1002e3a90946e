/**
 * Compute pipelines and their bind groups.
 *
 * @module
 */
import { GpuError } from "../errors.ts";
import type { Stretch } from "./pass.ts";

/** A position in a module of a kernel. */
interface SourcePosition {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

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
    readonly kind: "record" | "uniform" | "read" | "read_write";
  }[];
}

/** The buffers of one launch. */
export interface BindGroup {
  /** The bind group itself. */
  readonly group: GPUBindGroup;
}

const TYPES = {
  record: "uniform",
  uniform: "uniform",
  read: "read-only-storage",
  read_write: "storage",
} as const;

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
   * @param resources for each binding name, the buffer and the stretch of it; a record's stretch is one record
   */
  bind(device: GPUDevice, resources: Readonly<Record<string, Stretch>>): BindGroup {
    const entries = this.#kernel.bindings.map(({ name, binding }) => {
      const { memory, offset = 0, bytes = memory.bytes - offset } = resources[name]!;
      return { binding, resource: { buffer: memory.buffer, offset, size: bytes } };
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
  const { label, text, bindings } = kernel;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code: text.code });
  const layout = device.createBindGroupLayout({
    label,
    entries: bindings.map(({ binding, kind }) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: TYPES[kind], hasDynamicOffset: kind === "record" },
    })),
  });
  const pipeline = device.createComputePipeline({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
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
