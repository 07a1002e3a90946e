/**
 * The plan: a model on one device. Its buffers, and a runner that interprets the program.
 *
 * @module
 */
import { DisposedError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { DeviceMemory, GpuMemory, GpuTexels } from "../gpu/memory.ts";
import type { PassEncoder } from "../gpu/pass.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { SPAN, UPDATE } from "../wgsl/record.ts";
import { SNAPSHOT_TEXELS } from "../wgsl/resident.ts";
import { DataFeed } from "./data_feed.ts";
import { KernelSet, launchWith, type RecordedLaunch, RECORDS } from "./kernels.ts";
import { Launches } from "./launches.ts";
import type { Layout } from "./layout.ts";
import { WHOLE } from "./placement.ts";
import { Resident } from "./resident.ts";
import { PAGE_BYTES } from "./resident_pages.ts";
import { SPAN_UPDATES } from "./resident_layout.ts";
import { numGroups } from "./resources.ts";
import type { Runner, RunnerContext } from "./runner.ts";
import { allocate } from "./texels.ts";

/** What `stops` holds for a member that goes on: no update has this number. */
const RUNNING = 0xffffffff;

/** The members of a record that vary by update. */
const VARYING = ["number", "live", "schedule", "windows", "history"];

/** What varies by update. */
export interface UpdateValues {
  /** Which update it is, from 1. */
  readonly number: number;
  /** How many rows of the batch are samples. */
  readonly live: number;
  /** Where the update's optimizer scalars start in their table; default 0. */
  readonly schedule?: number;
}

/** A model on one device. */
export class Plan implements Disposable {
  /** What was known before. */
  readonly layout: Layout;
  /** Compiles what belongs to an update beside the program. */
  readonly kernels: KernelSet;
  /** Brings the trajectories to where kernels read them. */
  readonly data: DataFeed;
  readonly #gpu: Gpu;
  readonly #memories: ReadonlyMap<string, DeviceMemory>;
  #runner: Runner | null = null;
  #disposed = false;

  private constructor(gpu: Gpu, layout: Layout) {
    this.#gpu = gpu;
    this.layout = layout;
    const records = {
      ...RECORDS,
      updates: { key: "update", bytes: SPAN_UPDATES * gpu.alignment },
      span: { key: "span", bytes: SPAN.size },
      page: { key: "page", bytes: PAGE_BYTES },
    };
    const tables = new Set(Object.values(records).map(({ key }) => key));
    const memories = new Map<string, DeviceMemory>();
    try {
      for (const spec of layout.buffers) {
        memories.set(spec.key, allocate(gpu, spec, tables.has(spec.key) ? "record" : "storage"));
      }
    } catch (error) {
      for (const memory of memories.values()) memory[Symbol.dispose]();
      throw error;
    }
    this.#memories = memories;
    const { batch, members, trajectories, placement = WHOLE } = layout.options;
    const texels = memories.get(SNAPSHOT_TEXELS) as GpuTexels | undefined ?? null;
    this.data = new DataFeed(gpu, trajectories, placement, (key) => this.buffer(key), texels);
    const sizes = { batch, members, groups: numGroups(batch) };
    this.kernels = new KernelSet(gpu, (key) => this.#memories.get(key)!, sizes, records);
  }

  /**
   * Allocates, compiles and uploads.
   *
   * @param gpu the device
   * @param layout the layout
   * @param stage the modules of an optimizer's only stage, where the runner makes it; default: none
   */
  static async create(
    gpu: Gpu,
    layout: Layout,
    stage: Readonly<Record<string, string>> | null = null,
  ): Promise<Plan> {
    const plan = new Plan(gpu, layout);
    try {
      await plan.#prepare(stage);
      return plan;
    } catch (error) {
      plan[Symbol.dispose]();
      throw error;
    }
  }

  /** A buffer by its key. */
  buffer(key: string): GpuMemory {
    return this.#memories.get(key) as GpuMemory;
  }

  /** Writes a tree like the parameters for each member: to the parameters, or to a row of another buffer. */
  writeParameters(members: readonly Tree<NdArray>[], key = "parameters", row = 0): void {
    const { parameters } = this.layout;
    const bytes = 4 * parameters.length;
    if (bytes === 0) return;
    members.forEach((tree, m) =>
      this.#gpu.write(this.buffer(key), parameters.pack(tree), (row * members.length + m) * bytes)
    );
  }

  /** The records of consecutive updates, for the start of their table. */
  recordsOf(updates: readonly UpdateValues[]): Uint32Array<ArrayBuffer> {
    const { batch, members } = this.layout.options;
    const terms = this.layout.model.lossOfTerm.length;
    const common = new Uint32Array(UPDATE.size / 4);
    const parameters = this.layout.parameters.length;
    UPDATE.write(new DataView(common.buffer), 0, {
      batch,
      members,
      groups: numGroups(batch),
      terms,
      parameters,
    });
    const [number, live, schedule, windows, history] = VARYING.map((name) => UPDATE.wordOf(name));
    const stride = this.#gpu.alignment / 4;
    const records = new Uint32Array(updates.length * stride);
    for (let i = 0; i < updates.length; i++) {
      const values = updates[i]!;
      const at = i * stride;
      for (let word = 0; word < common.length; word++) records[at + word] = common[word]!;
      records[at + number!] = values.number;
      records[at + live!] = values.live;
      records[at + schedule!] = values.schedule ?? 0;
      records[at + windows!] = i * members * batch;
      records[at + history!] = i * members * terms;
    }
    return records;
  }

  /**
   * Writes records and windows of consecutive updates, from the start of the tables.
   *
   * @param records what `recordsOf` gave for them
   * @param windows for each update, member and row: where its window begins, counted in snapshots
   */
  writeUpdates(records: Uint32Array<ArrayBuffer>, windows: Uint32Array<ArrayBuffer>): void {
    this.#gpu.write(this.buffer("update"), records);
    this.#gpu.write(this.buffer("windows"), windows);
  }

  /** Lets all members go on. */
  resetStops(): void {
    this.#gpu.write(this.buffer("stops"), new Uint32Array(this.layout.options.members).fill(RUNNING));
  }

  /**
   * Encodes updates: forward, losses, reverse, gradient, and the step of the parameters where the plan has one.
   *
   * @param pass the pass
   * @param first the place of the first in the tables
   * @param count how many
   */
  encode(pass: PassEncoder, first: number, count: number): void {
    if (this.#disposed) throw new DisposedError("encode", "Plan");
    this.#runner!.encode(pass, first, count);
  }

  /** Encodes one launch that reads no action's record. */
  encodeLaunch(pass: PassEncoder, launch: RecordedLaunch, update: number): void {
    launchWith(pass, launch, { action: 0, update: update * this.#gpu.alignment });
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const memory of this.#memories.values()) memory[Symbol.dispose]();
  }

  async #prepare(stage: RunnerContext["stage"]): Promise<void> {
    await this.data.load();
    this.resetStops();
    const context = {
      gpu: this.#gpu,
      layout: this.layout,
      kernels: this.kernels,
      stage,
      buffer: (key: string) => this.buffer(key),
      texels: (key: string) => this.#memories.get(key) as GpuTexels,
    };
    this.#runner = await (this.layout.options.runner === "resident" ? Resident : Launches).create(context);
  }
}

/** The updates at which members stopped, from the bytes of `stops`; null for those that go on. */
export function stoppedAt(stops: ArrayBuffer): (number | null)[] {
  return Array.from(new Uint32Array(stops), (update) => update === RUNNING ? null : update);
}
