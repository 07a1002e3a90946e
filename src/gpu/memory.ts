/**
 * Buffers and textures on the device, and the ledger of those that live.
 *
 * @module
 */
import { GpuError } from "../errors.ts";

/** What a buffer is for. */
export type MemoryKind = "storage" | "record" | "staging" | "timestamps";
/** Kinds that live for a moment and do not count. */
const PASSING: ReadonlySet<MemoryKind> = new Set(["staging", "timestamps"]);

/** The format of textures: four floats. */
export const TEXEL_FORMAT: GPUTextureFormat = "rgba32float";
/** The bytes of a texel. */
export const TEXEL_BYTES = 16;

/** Memory on the device that kernels can be bound to. */
export interface DeviceMemory extends Disposable {
  /** Its name in messages and in the ledger. */
  readonly label: string;
  /** Its size. */
  readonly bytes: number;
  /**
   * What a binding takes to see a stretch of it; of a texture, always all.
   *
   * @param offset the first byte
   * @param bytes how many
   */
  resource(offset: number, bytes: number): GPUBindingResource;
}

/** A texture on the device: fours of floats that kernels write, and read. */
export class GpuTexels implements DeviceMemory {
  readonly label: string;
  readonly bytes: number;
  /** The texture itself. */
  readonly texture: GPUTexture;
  readonly #view: GPUTextureView;
  readonly #release: (memory: DeviceMemory) => void;

  /**
   * Made by the {@linkcode Ledger}.
   *
   * @param label its name
   * @param texture the texture itself
   * @param release strikes it from the ledger
   */
  constructor(label: string, texture: GPUTexture, release: (memory: DeviceMemory) => void) {
    this.label = label;
    this.bytes = TEXEL_BYTES * texture.width * texture.height;
    this.texture = texture;
    this.#view = texture.createView();
    this.#release = release;
  }

  resource(): GPUBindingResource {
    return this.#view;
  }

  /** Frees the texture. */
  [Symbol.dispose](): void {
    this.texture.destroy();
    this.#release(this);
  }
}

/** A buffer on the device. */
export class GpuMemory implements DeviceMemory {
  /** Its name in messages and in the ledger. */
  readonly label: string;
  /** What it is for. */
  readonly kind: MemoryKind;
  /** Its size. */
  readonly bytes: number;
  /** The buffer itself. */
  readonly buffer: GPUBuffer;
  readonly #release: (memory: DeviceMemory) => void;

  /**
   * Made by the {@linkcode Ledger}.
   *
   * @param label its name
   * @param kind what it is for
   * @param buffer the buffer itself
   * @param release strikes it from the ledger
   */
  constructor(label: string, kind: MemoryKind, buffer: GPUBuffer, release: (memory: DeviceMemory) => void) {
    this.label = label;
    this.kind = kind;
    this.buffer = buffer;
    this.bytes = buffer.size;
    this.#release = release;
  }

  resource(offset: number, size: number): GPUBindingResource {
    return { buffer: this.buffer, offset, size };
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    this.buffer.destroy();
    this.#release(this);
  }
}

/** The size that a buffer gets for a number of bytes: at least 16, and a multiple of it. */
export function allocatedBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

/**
 * Creates buffers, knows which live, and keeps their sum under a cap. Buffers for reading back, and for the times of a
 * profile, live for a moment and do not count.
 */
export class Ledger {
  /** How many bytes the buffers may hold together. */
  readonly maxBytes: number;
  readonly #device: GPUDevice;
  readonly #live = new Set<DeviceMemory>();

  /**
   * @param device the device
   * @param maxBytes how many bytes the buffers may hold together
   */
  constructor(device: GPUDevice, maxBytes: number) {
    this.#device = device;
    this.maxBytes = maxBytes;
  }

  /** Bytes of all live buffers. */
  get bytes(): number {
    return this.entries().reduce((sum, memory) => sum + memory.bytes, 0);
  }

  /** The live buffers: their labels and bytes. */
  entries(): { readonly label: string; readonly bytes: number }[] {
    return [...this.#live].filter((memory) => !(memory instanceof GpuMemory && PASSING.has(memory.kind)))
      .map(({ label, bytes }) => ({ label, bytes }));
  }

  /**
   * Creates a buffer filled with zeros.
   *
   * @param label its name
   * @param bytes its size
   * @param kind what it is for
   * @throws {GpuError} when it is larger than the device or the cap allows
   */
  allocate(label: string, bytes: number, kind: MemoryKind): GpuMemory {
    const size = allocatedBytes(bytes);
    const { maxBufferSize } = this.#device.limits;
    if (size > maxBufferSize) {
      throw new GpuError(
        `Cannot allocate buffer ${label} as it must fit in maxBufferSize=${maxBufferSize}: current size is ${size} bytes`,
        { label },
      );
    }
    if (!PASSING.has(kind)) this.#requireRoom(label, size);
    const usage = {
      storage: GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST |
        GPUBufferUsage.COPY_SRC,
      record: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      staging: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      timestamps: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    }[kind];
    const buffer = this.#device.createBuffer({ label, size, usage });
    const memory = new GpuMemory(label, kind, buffer, (gone) => this.#live.delete(gone));
    this.#live.add(memory);
    return memory;
  }

  /**
   * Creates a texture filled with zeros.
   *
   * @param label its name
   * @param width its texels in a row
   * @param height its rows
   * @throws {GpuError} when it is larger than the cap allows
   */
  allocateTexels(label: string, width: number, height: number): GpuTexels {
    this.#requireRoom(label, TEXEL_BYTES * width * height);
    const texture = this.#device.createTexture({
      label,
      size: [width, height],
      format: TEXEL_FORMAT,
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
    });
    const memory = new GpuTexels(label, texture, (gone) => this.#live.delete(gone));
    this.#live.add(memory);
    return memory;
  }

  #requireRoom(label: string, bytes: number): void {
    if (this.bytes + bytes <= this.maxBytes) return;
    throw new GpuError(
      `Cannot allocate buffer ${label} as all buffers together must fit in maxBytes=${this.maxBytes}: ` +
        `current sum is ${this.bytes} bytes, and ${bytes} more are asked for`,
      { label },
    );
  }

  /** Frees every live buffer. */
  clear(): void {
    for (const memory of [...this.#live]) memory[Symbol.dispose]();
  }
}
