/**
 * The plan: a model on one device. Buffers, pipelines, bind groups and the list of launches of one update.
 *
 * @module
 */
import { FRAMES_SUM_LOSSES, FRAMES_SUM_PARTIALS } from "../../shaders/bundle.ts";
import { DisposedError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { GpuMemory } from "../gpu/memory.ts";
import type { PassEncoder } from "../gpu/pass.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { WORKGROUP_SIZE } from "../wgsl/kernel.ts";
import { RecordLayout, type RecordValues } from "../wgsl/record.ts";
import { DataFeed } from "./data_feed.ts";
import { KernelSet, type RecordedLaunch } from "./kernels.ts";
import type { Layout } from "./layout.ts";
import { WHOLE } from "./placement.ts";
import { numGroups } from "./resources.ts";

const ACTION = new RecordLayout("Action");
const UPDATE = new RecordLayout("Update");
/** The tables of uniform records. */
const RECORDS = new Set(["action", "update"]);
/** What `stops` holds for a member that goes on: no update has this number. */
const RUNNING = 0xffffffff;

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
  readonly #buffers: ReadonlyMap<string, GpuMemory>;
  readonly #launches: { readonly launch: RecordedLaunch; readonly action: number }[] = [];
  #disposed = false;

  private constructor(gpu: Gpu, layout: Layout) {
    this.#gpu = gpu;
    this.layout = layout;
    const buffers = new Map<string, GpuMemory>();
    try {
      for (const { key, bytes } of layout.buffers) {
        buffers.set(
          key,
          gpu.allocate(key, bytes, RECORDS.has(key) ? "record" : "storage"),
        );
      }
    } catch (error) {
      for (const memory of buffers.values()) memory[Symbol.dispose]();
      throw error;
    }
    this.#buffers = buffers;
    const { batch, members, trajectories, placement = WHOLE } = layout.options;
    this.data = new DataFeed(gpu, trajectories, placement, (key) => this.buffer(key));
    const sizes = { batch, members, groups: numGroups(batch) };
    this.kernels = new KernelSet(gpu, (key) => this.buffer(key), sizes, {
      action: ACTION.size,
      update: UPDATE.size,
    });
  }

  /**
   * Allocates, compiles and uploads.
   *
   * @param gpu the device
   * @param layout the layout
   */
  static async create(gpu: Gpu, layout: Layout): Promise<Plan> {
    const plan = new Plan(gpu, layout);
    try {
      await plan.#prepare();
      return plan;
    } catch (error) {
      plan[Symbol.dispose]();
      throw error;
    }
  }

  /** A buffer by its key. */
  buffer(key: string): GpuMemory {
    return this.#buffers.get(key)!;
  }

  /** Whether the gradient is computed. */
  get hasGradient(): boolean {
    return this.#buffers.has("partials");
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

  /**
   * Writes the records and windows of consecutive updates, from the start of the tables.
   *
   * @param updates what varies by update
   * @param windows for each update, member and row: where its window begins, counted in snapshots
   */
  writeUpdates(updates: readonly UpdateValues[], windows: Uint32Array<ArrayBuffer>): void {
    const { batch, members } = this.layout.options;
    const { alignment } = this.#gpu;
    const terms = this.layout.model.lossOfTerm.length;
    const records = new DataView(new ArrayBuffer(updates.length * alignment));
    updates.forEach(({ number, live, schedule = 0 }, i) => {
      const values: RecordValues = {
        batch,
        members,
        live,
        groups: numGroups(batch),
        terms,
        parameters: this.layout.parameters.length,
        windows: i * members * batch,
        schedule,
        history: i * members * terms,
        number,
      };
      UPDATE.write(records, i * alignment, values);
    });
    this.#gpu.write(this.buffer("update"), records);
    this.#gpu.write(this.buffer("windows"), windows);
  }

  /** Lets all members go on. */
  resetStops(): void {
    this.#gpu.write(this.buffer("stops"), new Uint32Array(this.layout.options.members).fill(RUNNING));
  }

  /**
   * Encodes one update: forward, losses, reverse, gradient.
   *
   * @param pass the pass
   * @param update the place of the update in the tables
   */
  encode(pass: PassEncoder, update: number): void {
    if (this.#disposed) throw new DisposedError("encode", "Plan");
    for (const { launch, action } of this.#launches) this.encodeLaunch(pass, launch, update, action);
  }

  /** Encodes one launch for an update. */
  encodeLaunch(pass: PassEncoder, launch: RecordedLaunch, update: number, action = 0): void {
    const { alignment } = this.#gpu;
    const offsets: number[] = [];
    if (launch.readsAction) offsets.push(action * alignment);
    if (launch.readsUpdate) offsets.push(update * alignment);
    pass.launch(launch, offsets);
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const memory of this.#buffers.values()) memory[Symbol.dispose]();
  }

  async #prepare(): Promise<void> {
    const { model, parameters, units } = this.layout;
    for (const { name, unit, isTrained, constants, values } of units) {
      if (constants.length > 0) this.#gpu.write(this.buffer(`${name} constants`), constants.pack(values));
      await this.kernels.addUnit(name, unit, { parameters, constants, isTrained });
    }
    await this.data.load();
    const isMean = model.lossOfTerm.map((l) => model.losses[l]!.batchReduction === "mean" ? 1 : 0);
    this.#gpu.write(this.buffer("isMean"), Uint32Array.from(isMean));
    this.resetStops();
    await this.#list();
  }

  /** Makes the list of launches and the records of the actions. */
  async #list(): Promise<void> {
    const { model, actions, parameters } = this.layout;
    const { trajectories, members } = this.layout.options;
    const { alignment } = this.#gpu;
    const records = new DataView(new ArrayBuffer(this.layout.records.length * alignment));
    this.layout.records.forEach((record, i) => ACTION.write(records, i * alignment, record));
    this.#gpu.write(this.buffer("action"), records);
    const load = actions.some(({ calls: { unit } }) => unit === null)
      ? await this.kernels.load(trajectories.snapshotShape)
      : null;
    for (const { calls: { unit, calls }, record } of actions) {
      if (unit === null) this.#launches.push({ launch: load!, action: record });
      for (const call of calls) this.#launches.push({ launch: this.kernels.launchOf(call), action: record });
    }
    const terms = model.lossOfTerm.length;
    if (terms > 0) {
      const sumLosses = await this.kernels.whole("sum_losses", FRAMES_SUM_LOSSES, terms * members);
      this.#launches.push({ launch: sumLosses, action: 0 });
    }
    if (this.hasGradient) {
      const workgroups = Math.ceil(parameters.length * members / WORKGROUP_SIZE);
      const sumPartials = await this.kernels.whole("sum_partials", FRAMES_SUM_PARTIALS, workgroups);
      this.#launches.push({ launch: sumPartials, action: 0 });
    }
  }
}

/** The updates at which members stopped, from the bytes of `stops`; null for those that go on. */
export function stoppedAt(stops: ArrayBuffer): (number | null)[] {
  return Array.from(new Uint32Array(stops), (update) => update === RUNNING ? null : update);
}
