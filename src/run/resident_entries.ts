/**
 * A program as entries of the resident kernel's table, over registers, moves between registers and storage included.
 *
 * @module
 */
import type { Action, Contribution } from "../tape/program.ts";
import type { Slots } from "../tape/slots.ts";
import { EntryBit, KIND, type KindTable } from "../wgsl/resident_table.ts";
import type { Model } from "./model.ts";
import type { Replays } from "./resident_replays.ts";
import { functionName, lossName, poolKey } from "./resources.ts";
import { strideOf } from "./strides.ts";

/** An entry: its kind with bits above it, then what its kind says. */
export type Entry = number[];

/** The bits of an entry that goes back to a state in another register. */
const RESTORING = EntryBit.restores | EntryBit.restoresMidway;

/** Entries that belong together; `store` is called where what they leave in a register is read from storage later. */
interface Step {
  /** The number of the action that wants them. */
  readonly action: number;
  readonly entries: Entry[];
  readonly store: () => void;
}

/** An entry, and the number of the action that wants it: of several, the first. */
export interface WantedEntry {
  /** The number of that action. */
  readonly action: number;
  /** The entry. */
  readonly entry: Entry;
}

/** Where things lie, counted in quads of floats. */
export interface Places {
  /** Where the samples of a slot of a pool start. */
  addressOf(pool: string, slot: number): number;
  /** The floats of a snapshot, a multiple of 4. */
  readonly snapshotStride: number;
}

/**
 * The entries of each page of a program's table. No register outlasts a page.
 *
 * @param model the model
 * @param slots its slots
 * @param kinds the numbers of the kinds
 * @param replays which states are made again, at the start of the program; null where states are fetched
 * @param places where things lie
 * @param starts the numbers of the actions with which pages start, but for the first page
 */
export function entriesOf(
  model: Model,
  slots: Slots,
  kinds: KindTable,
  replays: Replays | null,
  places: Places,
  starts: ReadonlySet<number>,
): WantedEntry[][] {
  const assembler = new Assembler(model, slots, kinds, replays, places);
  model.program.actions.forEach((action, number) => assembler.add(action, number, starts.has(number)));
  return assembler.pages();
}

class Assembler {
  readonly #model: Model;
  readonly #slots: Slots;
  readonly #kinds: KindTable;
  readonly #places: Places;
  readonly #pages: Step[][] = [[]];
  /** The number of the current action. */
  #action = 0;
  /** The state whose value or cotangent is in a register. */
  readonly #held = new Map<string, number>();
  /** The step that last made the value of a state, or its cotangent. */
  readonly #stateStep = new Map<number, Step>();
  readonly #barStep = new Map<number, Step>();
  readonly #replays: Replays | null;
  /** What brings a state into the first register: from its slot, or once more from the trajectories. */
  readonly #arrivals = new Map<number, () => Entry>();

  constructor(
    model: Model,
    slots: Slots,
    kinds: KindTable,
    replays: Replays | null,
    places: Places,
  ) {
    this.#model = model;
    this.#slots = slots;
    this.#kinds = kinds;
    this.#replays = replays;
    this.#places = places;
  }

  add(action: Action, number: number, startsPage: boolean): void {
    if (action.kind === "free" && action.what === "state") this.#replays?.free(action.state);
    if (action.kind === "free" || action.kind === "recompute") return;
    if (startsPage) this.#newPage();
    this.#action = number;
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

  /** The entries of each page. Where states are made again, applications in a row are one that says how many. */
  pages(): WantedEntry[][] {
    return this.#pages.map((steps) => {
      const merged: WantedEntry[] = [];
      for (const { action, entries } of steps) {
        for (const entry of entries) {
          const last = merged.at(-1)?.entry;
          if (this.#replays !== null && last !== undefined && this.#areOne(last, entry)) {
            last[0]! |= entry[0]!;
            last[2]! += entry[2]!;
          } else merged.push({ action, entry: [...entry] });
        }
      }
      return merged;
    });
  }

  /** Whether applications follow others: nothing is put into a register between. */
  #areOne([last]: Entry, [next]: Entry): boolean {
    const isForward = this.#kinds.isForward(last! & KIND) && (last! & KIND) === (next! & KIND);
    return isForward && (last! & EntryBit.setsMidway) === 0 && (next! & RESTORING) === 0;
  }

  #newPage(): void {
    this.#pages.push([]);
    this.#held.clear();
    this.#replays?.keep(null);
    this.#replays?.setMidway(null);
  }

  #push(entries: Entry[], store: (entries: Entry[]) => void = () => {}): Step {
    let isStored = false;
    const step: Step = {
      action: this.#action,
      entries,
      store() {
        if (!isStored) store(entries);
        isStored = true;
      },
    };
    this.#pages.at(-1)!.push(step);
    return step;
  }

  /** Where the slot of a state's value or cotangent starts. */
  #placeOf(action: Action, what: "state" | "cotangent", state: number): number {
    const pool = poolKey(what === "state" ? "states" : "cotangents", this.#model.shapes[state]!);
    return this.#places.addressOf(pool, this.#slots.slotOf(action, what, state));
  }

  /** A move between a register and the slot of a state's value or cotangent. */
  #move(kind: string, register: string, action: Action, state: number): Entry {
    const what = register.startsWith("state") ? "state" : "cotangent";
    const word = this.#kinds.of(`${kind} ${register} ${strideOf(this.#model.shapes[state]!)}`);
    return [word, this.#placeOf(action, what, state)];
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
    this.#push([this.#arrivals.get(state)!()]);
    this.#replays!.keep(state);
    this.#held.set("state0", state);
  }

  /** Brings the state into the first register that an adjoint reads; what its entry says for that. */
  #replay(f: number, state: number): readonly [bits: number, count: number] {
    if (this.#held.get("state0") === state) return [0, 0];
    const replays = this.#replays!;
    const { base, first, count } = replays.of(state);
    let bits = replays.isMidway(base)
      ? EntryBit.restoresMidway
      : replays.isKept(base)
      ? EntryBit.restores
      : 0;
    if (bits === 0) this.#bring(base);
    if (first > 0) {
      this.#push([[this.#kinds.of(`forward ${functionName(f)}`) | bits | EntryBit.setsMidway, 0, first]]);
      replays.setMidway(replays.before(state, count));
      bits = 0;
    }
    this.#held.set("state0", state);
    return [bits, count];
  }

  #load(action: Action & { kind: "load" }): void {
    const { state, time } = action;
    const entry = this.#snapshot(time);
    const stash = (entries: Entry[]) => entries.push(this.#move("stash", "state0", action, state));
    this.#arrivals.set(state, () => entry);
    this.#stateStep.set(state, this.#push([entry], stash));
    this.#held.set("state0", state);
    this.#replays?.keep(state);
  }

  #snapshot(time: number): Entry {
    return [this.#kinds.of(`load state0 ${this.#places.snapshotStride}`), time];
  }

  #forward(action: Action & { kind: "forward" }): void {
    const { f, inputs, state } = action;
    inputs.forEach((s, k) => this.#need(action, `state${k}`, s));
    const word = this.#kinds.of(`forward ${functionName(f)}`);
    const isSet = this.#replays?.isSetAtOnce(state) ?? false;
    const step = this.#replays === null
      ? this.#push(
        [[word, this.#placeOf(action, "state", state)]],
        ([entry]) => entry![0]! |= EntryBit.stores,
      )
      : this.#push(
        [[isSet ? word | EntryBit.setsMidway : word, 0, 1]],
        (entries) => entries.push(this.#move("stash", "state0", action, state)),
      );
    if (isSet) this.#replays?.setMidway(state);
    this.#replays?.allocate(state);
    this.#arrivals.set(state, () => this.#move("fetch", "state0", action, state));
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
    const [bits, count] = this.#replays === null ? [0, 0] : this.#replay(f, inputs[0]!);
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
      this.#barStep.set(state, { ...step, store: () => {} });
    }
    if (first.adds && !isHeld) {
      this.#barStep.get(first.state)!.store();
      entries.push(this.#move("add", "outputBar", action, first.state));
    }
    this.#barStep.set(first.state, step);
    this.#held.set("outputBar", first.state);
  }
}
