/**
 * The table of the resident kernel: a program as entries over registers, moves between registers and storage included.
 *
 * @module
 */
import type { Action, Contribution } from "../tape/program.ts";
import type { Slots } from "../tape/slots.ts";
import { EntryBit, KIND, KindTable, type ResidentText } from "../wgsl/resident_table.ts";
import type { Model } from "./model.ts";
import { Replays } from "./resident_replays.ts";
import { functionName, lossName, poolKey } from "./resources.ts";
import { strideOf } from "./strides.ts";

/** Entries of a page of the table, its header included: 16 KiB, the size of what a launch binds of it. */
export const PAGE_ENTRIES = 1024;
/** The words of an entry. */
const ENTRY_WORDS = 4;
/** The bytes of a page. */
export const PAGE_BYTES = 4 * ENTRY_WORDS * PAGE_ENTRIES;
/** The most entries that one action can take. */
const ACTION_ENTRIES = 16;

/** An entry: its kind with bits above it, then what its kind says. */
type Entry = number[];

/** Entries that belong together; `store` is called where what they leave in a register is read from storage later. */
interface Step {
  readonly entries: Entry[];
  readonly store: () => void;
}

/** Where things lie, counted in quads of floats. */
export interface Places {
  /** Where the samples of a slot of a pool start. */
  addressOf(pool: string, slot: number): number;
  /** The floats of a snapshot, a multiple of 4. */
  readonly snapshotStride: number;
  /** Where the cotangents of parameters and the losses start that lanes add up. */
  readonly partials: number;
  /** The floats that a lane adds up over a page, a multiple of 4. */
  readonly partialsOfLane: number;
}

/** The table of a program. */
export interface EntryTable {
  /** Its pages, one after another. */
  readonly pages: Uint32Array<ArrayBuffer>;
  /** Whether an entry moves a state or a cotangent to storage or back. */
  readonly hasExchanges: boolean;
}

/** How many pages a table has. */
export function numPages(table: Uint32Array): number {
  return table.byteLength / PAGE_BYTES;
}

/**
 * The table of a program.
 *
 * @param model the model
 * @param slots its slots
 * @param text what the kernel can do
 * @param places where things lie
 */
export function entriesOf(
  model: Model,
  slots: Slots,
  text: ResidentText,
  places: Places,
): EntryTable {
  const assembler = new Assembler(model, slots, text, places);
  for (const action of model.program.actions) assembler.add(action);
  return assembler.table();
}

class Assembler {
  readonly #model: Model;
  readonly #slots: Slots;
  readonly #kinds: KindTable;
  readonly #places: Places;
  readonly #pages: Step[][] = [[]];
  /** The state whose value or cotangent is in a register. */
  readonly #held = new Map<string, number>();
  /** The step that last made the value of a state, or its cotangent. */
  readonly #stateStep = new Map<number, Step>();
  readonly #barStep = new Map<number, Step>();
  readonly #replays: Replays | null;
  /** Moves that bring a state into the first register: from its slot, or once more from the trajectories. */
  readonly #arrivals = new Map<number, Entry>();
  #room = PAGE_ENTRIES;

  constructor(model: Model, slots: Slots, text: ResidentText, places: Places) {
    const { replaySpan } = text;
    this.#model = model;
    this.#slots = slots;
    this.#kinds = new KindTable(text);
    this.#replays = replaySpan === null ? null : new Replays(model.program.actions, replaySpan);
    this.#places = places;
    this.#newPage();
  }

  add(action: Action): void {
    if (action.kind === "free" && action.what === "state") this.#replays?.free(action.state);
    if (action.kind === "free" || action.kind === "recompute") return;
    if (this.#room < ACTION_ENTRIES) {
      this.#pages.push([]);
      this.#newPage();
    }
    switch (action.kind) {
      case "load":
        return this.#load(action);
      case "forward":
        return this.#forward(action);
      case "loss":
        return this.#loss(action);
      case "adjoint":
        return this.#adjoint(action);
    }
  }

  table(): EntryTable {
    const pages = new Uint32Array(this.#pages.length * PAGE_ENTRIES * ENTRY_WORDS);
    const { partials, partialsOfLane } = this.#places;
    let hasExchanges = false;
    this.#pages.forEach((steps, page) => {
      const header: Entry = [page, this.#pages.length, partials, partialsOfLane / 4];
      const entries = this.#merged(steps.flatMap(({ entries }) => entries));
      hasExchanges ||= entries.some(([word]) => (word! & KIND) < this.#kinds.firstLoad);
      [header, ...entries].forEach((entry, i) => pages.set(entry, (page * PAGE_ENTRIES + i) * ENTRY_WORDS));
    });
    return { pages, hasExchanges };
  }

  /** Applications in a row are one entry that says how many. */
  #merged(entries: readonly Entry[]): readonly Entry[] {
    if (this.#replays === null) return entries;
    const merged: Entry[] = [];
    for (const entry of entries) {
      const last = merged.at(-1);
      if (last !== undefined && last[0] === entry[0] && this.#kinds.isForward(entry[0]!)) {
        last[2]! += entry[2]!;
      } else merged.push([...entry]);
    }
    return merged;
  }

  #newPage(): void {
    this.#held.clear();
    this.#replays?.keep(null);
    this.#room = PAGE_ENTRIES - 2; // the header, and the end
  }

  #push(entries: Entry[], store: (entries: Entry[]) => void = () => {}): Step {
    let isStored = false;
    const step: Step = {
      entries,
      store() {
        if (!isStored) store(entries);
        isStored = true;
      },
    };
    this.#pages.at(-1)!.push(step);
    this.#room -= entries.length + 1;
    return step;
  }

  /** A move between a register and the slot of a state's value or cotangent. */
  #move(kind: string, register: string, action: Action, state: number): Entry {
    const shape = this.#model.shapes[state]!;
    const what = register.startsWith("state") ? "state" : "cotangent";
    const pool = poolKey(what === "state" ? "states" : "cotangents", shape);
    const place = this.#places.addressOf(pool, this.#slots.slotOf(action, what, state));
    return [this.#kinds.of(`${kind} ${register} ${strideOf(shape)}`), place];
  }

  /** Brings a state into a register. */
  #need(action: Action, register: string, state: number): void {
    if (this.#held.get(register) === state) return;
    if (this.#replays !== null) return this.#bring(state);
    this.#stateStep.get(state)!.store();
    this.#push([this.#move("fetch", register, action, state)]);
    this.#held.set(register, state);
  }

  /** Brings a state into the first register, where it is kept, too. */
  #bring(state: number): void {
    if (!this.#replays!.isLoaded(state)) this.#stateStep.get(state)!.store();
    this.#push([this.#arrivals.get(state)!]);
    this.#replays!.keep(state);
    this.#held.set("state0", state);
  }

  /** Brings the state into the first register that an adjoint reads; what its entry says for that. */
  #replay(state: number): readonly [bits: number, count: number] {
    if (this.#held.get("state0") === state) return [0, 0];
    const { base, count } = this.#replays!.of(state);
    const isKept = this.#replays!.isKept(base);
    if (!isKept) this.#bring(base);
    this.#held.set("state0", state);
    return [isKept ? EntryBit.restores : 0, count];
  }

  #load(action: Action & { kind: "load" }): void {
    const { state, time } = action;
    const entry = this.#snapshot(time);
    this.#arrivals.set(state, entry);
    const stash = this.#move("stash", "state0", action, state);
    this.#stateStep.set(state, this.#push([entry], (entries) => entries.push(stash)));
    this.#held.set("state0", state);
    this.#replays?.keep(state);
  }

  #snapshot(time: number): Entry {
    return [this.#kinds.of(`load state0 ${this.#places.snapshotStride}`), time];
  }

  #forward(action: Action & { kind: "forward" }): void {
    const { f, inputs, state } = action;
    inputs.forEach((s, k) => this.#need(action, `state${k}`, s));
    const fetch = this.#move("fetch", "state0", action, state);
    const stash = this.#move("stash", "state0", action, state);
    const word = this.#kinds.of(`forward ${functionName(f)}`);
    const step = this.#replays === null
      ? this.#push([[word, fetch[1]!]], ([entry]) => entry![0]! |= EntryBit.stores)
      : this.#push([[word, 0, 1]], (entries) => entries.push(stash));
    this.#replays?.allocate(state);
    this.#arrivals.set(state, fetch);
    this.#stateStep.set(state, step);
    this.#held.set("state0", state);
  }

  #loss(action: Action & { kind: "loss" }): void {
    const { term, prediction, target, weight, predictionBar, targetBar } = action;
    if (prediction.kind === "state") this.#need(action, "state0", prediction.state);
    else {
      this.#push([this.#snapshot(prediction.time)]);
      this.#held.delete("state0");
      this.#replays?.keep(null);
    }
    if (target?.kind === "state") this.#need(action, "state1", target.state);
    else if (target) this.#held.delete("state1");
    const time = target?.kind === "snapshot" ? target.time : 0;
    const word = this.#kinds.of(`loss ${lossName(this.#model.lossOfTerm[term]!)}`);
    const [bits] = new Uint32Array(Float32Array.of(weight).buffer);
    this.#route(action, [word, time, term, bits!], [predictionBar, targetBar]);
  }

  #adjoint(action: Action & { kind: "adjoint" }): void {
    const { f, inputs, state, inputBars } = action;
    if (this.#held.get("outputBar") !== state) {
      this.#barStep.get(state)!.store();
      this.#push([this.#move("fetch", "outputBar", action, state)]);
      this.#held.set("outputBar", state);
    }
    const [bits, count] = this.#replays === null ? [0, 0] : this.#replay(inputs[0]!);
    inputs.forEach((s, k) => this.#need(action, `state${k}`, s));
    this.#route(action, [this.#kinds.of(`adjoint ${functionName(f)}`) | bits, 0, count], inputBars);
  }

  /** Adds an entry that gives cotangents: the first stays in the register of the current one, others are stored. */
  #route(action: Action, entry: Entry, bars: readonly (Contribution | null)[]): void {
    const entries = [entry];
    const [first, ...others] = bars.flatMap((bar, input) => bar ? [{ ...bar, input }] : []);
    const step = this.#push(
      entries,
      () => entries.push(this.#move("stash", "outputBar", action, first!.state)),
    );
    if (first === undefined) return;
    const isHeld = this.#held.get("outputBar") === first.state;
    entry[0]! |= EntryBit.taken(first.input);
    if (first.adds && isHeld) entry[0]! |= EntryBit.adds(first.input);
    for (const { input, state, adds } of others) {
      if (state === first.state) {
        entry[0]! |= EntryBit.taken(input) | EntryBit.adds(input);
        continue;
      }
      if (adds) this.#barStep.get(state)!.store();
      entries.push(this.#move(adds ? "accumulate" : "stash", `inputBar${input}`, action, state));
      this.#barStep.set(state, { entries, store: () => {} });
    }
    if (first.adds && !isHeld) {
      this.#barStep.get(first.state)!.store();
      entries.push(this.#move("add", "outputBar", action, first.state));
    }
    this.#room -= entries.length;
    this.#barStep.set(first.state, step);
    this.#held.set("outputBar", first.state);
  }
}
