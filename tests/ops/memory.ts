/**
 * The buffers of one use: where a plan puts each tensor, with random numbers everywhere beforehand.
 *
 * @module
 */
import { sizeOf } from "../../src/ndarray.ts";
import { FlatLayout } from "../../src/run/flat.ts";
import { type Layouts, layoutsOf, type PackedSource, packedSources } from "../../src/run/packed.ts";
import { keptKey } from "../../src/run/resources.ts";
import { scratchOf } from "../../src/run/scratch.ts";
import type { RecordValues } from "../../src/wgsl/record.ts";
import { numbers, type Prepared, type Use } from "./use.ts";

/** Sizes and modes of a run. */
export interface RunOptions {
  /** B, the rows of a batch. */
  readonly batch: number;
  /** How many of them are samples; default: all. */
  readonly live?: number;
  /** M; default 1. */
  readonly members?: number;
  /** Whether cotangents add to what lies there. */
  readonly accumulates?: boolean;
  /** The most workgroups on an axis of a grid; default: the device's. */
  readonly maxGrid?: number;
  /** How many bytes of parameters kernels may read from uniform memory; default: as the device has it. */
  readonly maxUniformBytes?: number;
  /** How many rows a texture of packed parameters may have; default: as the device has it. */
  readonly maxTextureRows?: number;
  /** Numbers that replace the random ones, over and over, by the name of the input, or `vBar`. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
}

/** Where a tensor of one sample and member lies. */
export interface Located {
  /** The buffer. */
  readonly key: string;
  /** Its first float. */
  readonly at: number;
}

/** The use's name among the buffers. */
export const NAME = "use";

const NUM_SLOTS = 6;
const INPUT_SLOTS = [4, 1, 5, 0];
const OUTPUT_SLOT = 2;
const INPUT_BAR_SLOTS = [3, 0, 5, 1];
const OUTPUT_BAR_SLOT = 4;
const ACTIVATION_SLOT = 1;
const TERM = 1;
const WEIGHT = 0.75;
const TIMES = [2, 1];
const NUM_SNAPSHOT_ROWS = 11;
const FIRST_WINDOW = 3;

const padded = (n: number): number => Math.ceil(n / 4) * 4;

/** The numbers of a buffer do not depend on which others are asked for. */
const seedOf = (key: string): number => [...key].reduce((seed, c) => seed * 31 + c.charCodeAt(0) | 0, 1);

/** Buffers by key and places in them. */
export class Memory {
  /** Rows, samples, members and groups. */
  readonly sizes: {
    readonly batch: number;
    readonly live: number;
    readonly members: number;
    readonly groups: number;
  };
  /** Where parameters and constants lie. */
  readonly layouts: Layouts;
  /** Of which of them something is packed. */
  readonly packs: readonly PackedSource[];
  /** Where the windows of the rows start. */
  readonly windows: Uint32Array<ArrayBuffer>;
  /** The numbers of each buffer that was asked for. */
  readonly buffers = new Map<string, Float32Array<ArrayBuffer>>();
  readonly #use: Use;
  readonly #prepared: Prepared;
  readonly #options: RunOptions;
  readonly #rows: number;
  readonly #outputSize: number;

  constructor(use: Use, prepared: Prepared, options: RunOptions) {
    const { batch, live = batch, members = 1, values = {} } = options;
    const { unit, parameters, constants, isTrained } = prepared;
    this.#use = use;
    this.#prepared = prepared;
    this.#options = options;
    this.#rows = members * batch;
    this.#outputSize = sizeOf(unit.graph.vars[unit.graph.output]!.shape);
    this.sizes = { batch, live, members, groups: Math.min(32, batch) };
    const fixed = new FlatLayout(isTrained ? constants : { ...parameters, ...constants });
    this.layouts = layoutsOf([{ unit, constants: fixed, isTrained }], new FlatLayout(parameters))[0]!;
    this.packs = packedSources([{ name: NAME, layouts: this.layouts }], members);
    const start = (row: number) => (row * 5 + 1) % (NUM_SNAPSHOT_ROWS - 2);
    this.windows = Uint32Array.from({ length: FIRST_WINDOW + this.#rows }, (_, i) => start(i));
    for (const [path, value] of Object.entries(constants)) {
      this.floats(`${NAME} constants`).set(value.data, this.layouts.constants.offsetOf(path));
    }
    for (const [name, list] of Object.entries(values)) this.#fill(name, list);
  }

  /** The numbers of a buffer beforehand. */
  floats(key: string): Float32Array<ArrayBuffer> {
    const random = numbers(seedOf(key));
    const known = this.buffers.get(key) ?? Float32Array.from({ length: this.#lengthOf(key) }, random);
    this.buffers.set(key, known);
    return known;
  }

  /** The values of the action's record. */
  get action(): RecordValues {
    const { accumulates = false } = this.#options;
    return {
      inputs: INPUT_SLOTS,
      inputBars: INPUT_BAR_SLOTS,
      inputBarsAdd: INPUT_SLOTS.map(() => accumulates ? 1 : 0),
      times: TIMES,
      output: OUTPUT_SLOT,
      outputBar: OUTPUT_BAR_SLOT,
      activations: ACTIVATION_SLOT,
      parametersAdd: accumulates ? 1 : 0,
      term: TERM,
      weight: WEIGHT,
    };
  }

  /** The values of the update's record. */
  get update(): RecordValues {
    return { ...this.sizes, windows: FIRST_WINDOW, parameters: this.layouts.parameters.length };
  }

  /** The value of an input. */
  inputAt(name: string, member: number, sample: number): Located {
    const { role, shape } = this.#use.inputs[name]!;
    const stride = padded(sizeOf(shape));
    const k = this.#prepared.states.indexOf(name);
    const row = this.#row(member, sample);
    const { parameters, constants, isTrained } = this.layouts;
    switch (role) {
      case "state":
        return { key: `states ${stride}`, at: (INPUT_SLOTS[k]! * this.#rows + row) * stride };
      case "snapshot":
        return { key: "data", at: (this.windows[FIRST_WINDOW + row]! + TIMES[k]!) * stride };
      case "parameter":
        return isTrained
          ? { key: "parameters", at: member * parameters.length + parameters.offsetOf(name) }
          : { key: `${NAME} constants`, at: constants.offsetOf(name) };
      case "constant":
        return { key: `${NAME} constants`, at: constants.offsetOf(this.#prepared.pathOf(name)) };
    }
  }

  /** The cotangent of an input; of a parameter, the partial sum of a group. */
  inputBarAt(name: string, member: number, sampleOrGroup: number): Located {
    const { role, shape } = this.#use.inputs[name]!;
    if (role === "parameter") {
      const { parameters } = this.layouts;
      const row = sampleOrGroup * this.sizes.members + member;
      return { key: "partials", at: row * parameters.length + parameters.offsetOf(name) };
    }
    const stride = padded(sizeOf(shape));
    const slot = INPUT_BAR_SLOTS[this.#prepared.states.indexOf(name)]!;
    return {
      key: `cotangents ${stride}`,
      at: (slot * this.#rows + this.#row(member, sampleOrGroup)) * stride,
    };
  }

  /** The result. */
  outputAt(member: number, sample: number): Located {
    const row = this.#row(member, sample);
    if (this.#use.reduction) return { key: "losses", at: TERM * this.#rows + row };
    const stride = padded(this.#outputSize);
    return { key: `states ${stride}`, at: (OUTPUT_SLOT * this.#rows + row) * stride };
  }

  /** The cotangent of the result, or the number that stands for it. */
  outputBarAt(member: number, sample: number): Located | number {
    if (this.#use.reduction) return this.#use.reduction === "mean" ? WEIGHT / this.sizes.live : WEIGHT;
    const stride = padded(this.#outputSize);
    const row = OUTPUT_BAR_SLOT * this.#rows + this.#row(member, sample);
    return { key: `cotangents ${stride}`, at: row * stride };
  }

  /** Where an inner result or its cotangent may be written: its stretch for each sample; null for other buffers. */
  innerAt(key: string, member: number, sample: number): Located & { readonly size: number } | null {
    const { graph } = this.#prepared.unit;
    const sizes = this.#innerIds(key).map((id) => sizeOf(graph.vars[id]!.shape));
    if (sizes.length === 0) return null;
    const slot = key.startsWith("scratch") ? 0 : ACTIVATION_SLOT;
    const size = Math.max(...sizes);
    return { key, at: (slot * this.#rows + this.#row(member, sample)) * padded(size), size };
  }

  #row(member: number, sample: number): number {
    return member * this.sizes.batch + sample;
  }

  /** The inner tensors that lie in a buffer. */
  #innerIds(key: string): number[] {
    const { unit } = this.#prepared;
    const { values, cotangents } = scratchOf(unit);
    const kept = [...unit.kept].map((id) => [id, keptKey(NAME, id)] as const);
    return [...kept, ...values, ...cotangents].filter(([, at]) => at === key).map(([id]) => id);
  }

  #lengthOf(key: string): number {
    const [what, stride] = key.split(" ");
    if (what === "states" || what === "cotangents") return NUM_SLOTS * this.#rows * Number(stride);
    const [inner] = this.#innerIds(key);
    const { members, groups } = this.sizes;
    const { parameters, constants } = this.layouts;
    if (inner !== undefined) {
      return 3 * this.#rows * padded(sizeOf(this.#prepared.unit.graph.vars[inner]!.shape));
    }
    const snapshot = Object.values(this.#use.inputs).find(({ role }) => role === "snapshot");
    return {
      [`${NAME} constants`]: constants.length,
      parameters: members * parameters.length,
      partials: groups * members * parameters.length,
      losses: 3 * this.#rows,
      data: NUM_SNAPSHOT_ROWS * padded(sizeOf(snapshot?.shape ?? [0])),
    }[key]!;
  }

  #fill(name: string, list: readonly number[]): void {
    const size = name === "vBar" ? this.#outputSize : sizeOf(this.#use.inputs[name]!.shape);
    for (let member = 0; member < this.sizes.members; member++) {
      for (let sample = 0; sample < this.sizes.batch; sample++) {
        const place = name === "vBar" ? this.outputBarAt(member, sample) : this.inputAt(name, member, sample);
        const { key, at } = place as Located;
        for (let i = 0; i < size; i++) this.floats(key)[at + i] = list[i % list.length]!;
      }
    }
  }
}
