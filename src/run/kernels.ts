/**
 * Kernels of a model: one pipeline and one bind group for each call of each unit, whatever R is.
 *
 * @module
 */
import { FRAMES_ACTION, FRAMES_FINITE } from "../../shaders/bundle.ts";
import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { DeviceMemory, GpuMemory } from "../gpu/memory.ts";
import type { Launch, PassEncoder } from "../gpu/pass.ts";
import { requireTurns } from "../gpu/limits.ts";
import type { BoundStretch } from "../gpu/pipeline.ts";
import type { Call } from "../graph/graph.ts";
import type { FusedNode } from "../graph/fuse.ts";
import type { Shape } from "../ndarray.ts";
import {
  bindingsOf,
  foldGrid,
  type KernelOptions,
  type LaunchSizes,
  linkKernel,
  loopTurnsOf,
  MIN_BLOCK_LANES,
  WORKGROUP_SIZE,
  workgroupsOf,
} from "../wgsl/kernel.ts";
import { link } from "../wgsl/link.ts";
import { packModules } from "../wgsl/packed.ts";
import { ACTION, UPDATE } from "../wgsl/record.ts";
import { besidesOfCall, launchedCalls } from "./launched.ts";
import type { Mirrored, Mirrors } from "./mirrors.ts";
import type { Unit } from "./model.ts";
import { type Layouts, packedKey, packedOrderKey, packedRecordsKey, type PackedSource } from "./packed.ts";
import type { BoundResource } from "./locations.ts";
import { placeLoad, Placement } from "./places.ts";

/** The buffer or texture behind a resource. */
export type Memories = (key: string) => DeviceMemory;

/** A launch, and which records it reads. */
export interface RecordedLaunch extends Launch {
  /** Whether it reads the action's record. */
  readonly readsAction: boolean;
  /** Whether it reads the update's record. */
  readonly readsUpdate: boolean;
}

/** The launch of a call. */
export interface CallLaunch extends RecordedLaunch {
  /** What it reads from mirrors. */
  readonly mirrored: readonly Mirrored[];
}

/**
 * Encodes a launch with the records that it reads.
 *
 * @param pass the pass
 * @param launch the launch
 * @param offsets the first bytes of the records
 */
export function launchWith(
  pass: PassEncoder,
  launch: RecordedLaunch,
  { action, update }: { readonly action: number; readonly update: number },
): void {
  const offsets: number[] = [];
  if (launch.readsAction) offsets.push(action);
  if (launch.readsUpdate) offsets.push(update);
  pass.launch(launch, offsets);
}

/** What the binding of a record sees: so many bytes of a table from an offset on that each launch says. */
export interface RecordStretch {
  /** The key of the table. */
  readonly key: string;
  /** The bytes. */
  readonly bytes: number;
}

/** What kernels see of the records of actions and updates, one at a time. */
export const RECORDS = {
  action: { key: "action", bytes: ACTION.size },
  update: { key: "update", bytes: UPDATE.size },
} as const satisfies Readonly<Record<string, RecordStretch>>;

/** Compiles kernels and binds them to the buffers of one plan. */
export class KernelSet {
  readonly #gpu: Gpu;
  readonly #memories: Memories;
  readonly #sizes: LaunchSizes;
  readonly #records: Readonly<Record<string, RecordStretch>>;
  readonly #launches = new Map<FusedNode, Map<string, CallLaunch>>();

  /**
   * @param gpu the device
   * @param memories the buffers and textures of the plan
   * @param sizes rows, members and groups
   * @param records what the binding of a record's name sees
   */
  constructor(
    gpu: Gpu,
    memories: Memories,
    sizes: LaunchSizes,
    records: Readonly<Record<string, RecordStretch>>,
  ) {
    this.#gpu = gpu;
    this.#memories = memories;
    this.#sizes = sizes;
    this.#records = records;
  }

  /**
   * Compiles all calls of a unit.
   *
   * @param name the unit's name among the buffers
   * @param unit the unit
   * @param layouts where its leaves lie
   * @param mirrors what its calls read from mirrors, in which whoever launches them puts it; default nothing
   */
  async addUnit(name: string, unit: Unit, layouts: Layouts, mirrors: Mirrors | null = null): Promise<void> {
    const { batch, members } = this.#sizes;
    const shared = {
      batch,
      members,
      maxUniformBytes: this.#gpu.maxUniformBytes,
      maxTextureRows: this.#gpu.maxTextureRows,
    };
    const placement = new Placement(name, unit, layouts, shared, mirrors);
    await Promise.all(
      launchedCalls(unit).map(async (call) => {
        const { kernel, resources, mirrored } = placement.place(call, besidesOfCall(unit, call));
        const launch = { ...await this.#compile(kernel, resources), mirrored };
        const byFunction = this.#launches.get(call.node) ?? new Map();
        this.#launches.set(call.node, byFunction.set(call.fn, launch));
      }),
    );
  }

  /** The launch of a call; none where another one makes it, or it would copy a cotangent that stays in its place. */
  launchOf(call: Call): CallLaunch | undefined {
    return this.#launches.get(call.node)?.get(call.fn);
  }

  /** The launch that copies a snapshot of each window into a slot. */
  load(snapshot: Shape): Promise<RecordedLaunch> {
    const { kernel, resources } = placeLoad(snapshot);
    return this.#compile(kernel, resources);
  }

  /**
   * A kernel that is a whole module: its bindings bear the keys of their buffers.
   *
   * @param label its name
   * @param main its text
   * @param workgroups how many it needs
   * @param modules what it imports beside the records
   * @param constants what it is specialized for
   */
  async whole(
    label: string,
    main: string,
    workgroups: number,
    modules: Readonly<Record<string, string>> = {},
    constants: Readonly<Record<string, number>> = {},
  ): Promise<RecordedLaunch> {
    const text = await link(label, { ...modules, action: FRAMES_ACTION, finite: FRAMES_FINITE, main });
    const bindings = bindingsOf(text.code);
    const resources = Object.fromEntries(bindings.map(({ name }) => [name, { key: name, offset: 0 }]));
    return this.#launch({ label, text, bindings, constants }, resources, workgroups);
  }

  /** Uploads how blocked functions read a flat buffer in orders of their own; the launch that packs it so. */
  async pack({ key, packed, members, length }: PackedSource): Promise<RecordedLaunch> {
    const [order, records] = [packedOrderKey(key), packedRecordsKey(key)];
    this.#gpu.write(this.#memories(order) as GpuMemory, packed.order());
    this.#gpu.write(this.#memories(records) as GpuMemory, packed.records(length, members));
    const isTexture = packed.isTexture(members, this.#gpu.maxTextureRows);
    const text = await link("pack", packModules(isTexture));
    const resources = {
      source: { key, offset: 0 },
      order: { key: order, offset: 0 },
      rows: { key: records, ...packed.rowsRecord },
      fours: { key: packedKey(key), offset: 0 },
    };
    const workgroups = Math.ceil(packed.length * members / WORKGROUP_SIZE);
    return this.#launch({ label: "pack", text, bindings: bindingsOf(text.code) }, resources, workgroups);
  }

  async #compile(
    options: KernelOptions,
    resources: Readonly<Record<string, BoundResource>>,
  ): Promise<RecordedLaunch> {
    const { batch, groups } = this.#sizes;
    // Fewer lanes than run together would leave some idle.
    const blockLanes = Math.max(MIN_BLOCK_LANES, this.#gpu.vectorLanes);
    const own = { ...options, isGroupASample: groups === batch, blockLanes };
    const kernel = await linkKernel(own);
    const { maxLoopTurns } = this.#gpu;
    if (maxLoopTurns < Infinity) {
      const turns = loopTurnsOf(own, kernel.lanes, this.#sizes);
      requireTurns(kernel.label, turns, maxLoopTurns, "a smaller batch or field, or a GPU");
    }
    return this.#launch(kernel, resources, workgroupsOf(kernel, this.#sizes));
  }

  async #launch(
    kernel: Parameters<Gpu["pipeline"]>[0],
    resources: Readonly<Record<string, BoundResource>>,
    workgroups: number,
  ): Promise<RecordedLaunch> {
    const numBuffers = kernel.bindings.filter(({ kind }) => kind.startsWith("read")).length;
    if (numBuffers > this.#gpu.maxBuffersPerKernel) {
      throw new GpuError(
        `Cannot compile kernel ${kernel.label} as the device binds at most ${this.#gpu.maxBuffersPerKernel} buffers: ` +
          `current number of tensors in buffers of their own is ${numBuffers}`,
        { label: kernel.label },
      );
    }
    const numTextures = kernel.bindings.filter(({ kind }) => kind.startsWith("texture")).length;
    if (numTextures > this.#gpu.maxTexturesPerKernel) {
      throw new GpuError(
        `Cannot compile kernel ${kernel.label} as the device binds at most ${this.#gpu.maxTexturesPerKernel} storage ` +
          `textures: current number of tensors in textures is ${numTextures}`,
        { label: kernel.label },
      );
    }
    const pipeline = await this.#gpu.pipeline(kernel);
    const stretches = Object.fromEntries(kernel.bindings.map(({ name, kind }): [string, BoundStretch] => {
      if (kind === "record") {
        const { key, bytes } = this.#records[name]!;
        return [name, { memory: this.#memories(key), bytes }];
      }
      const { key, ...stretch } = resources[name] ?? { key: name };
      return [name, { memory: this.#memories(key), ...stretch }];
    }));
    return {
      pipeline,
      bindGroup: this.#gpu.bind(pipeline, stretches),
      grid: foldGrid(workgroups, this.#gpu.maxGrid),
      readsAction: "action" in stretches,
      readsUpdate: "update" in stretches,
    };
  }
}
