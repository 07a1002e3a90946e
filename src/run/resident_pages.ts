/**
 * The table of the resident kernel: pages of entries, each as long as what a launch binds.
 *
 * @module
 */
import { requireTurns } from "../gpu/limits.ts";
import type { Slots } from "../tape/slots.ts";
import { EntryBit, KIND, KindTable, type ResidentText } from "../wgsl/resident_table.ts";
import type { Model } from "./model.ts";
import { RESIDENT_REMEDY, turnsBehind, turnsOfWalk } from "./resident_turns.ts";
import { Replays } from "./resident_replays.ts";
import { splitsFor } from "./resident_spans.ts";
import { entriesOf, type Entry, type Places, type WantedEntry } from "./resident_entries.ts";

/** Entries of a page, its header included: 16 KiB. */
export const PAGE_ENTRIES = 1024;
/** Those that say what to do: neither the header nor the end. */
const PAGE_ROOM = PAGE_ENTRIES - 2;
/** The words of an entry. */
const ENTRY_WORDS = 4;
/** The bytes of a page. */
export const PAGE_BYTES = 4 * ENTRY_WORDS * PAGE_ENTRIES;

/** What lanes add up, and where. */
export interface Partials {
  /** Where their rows start, counted in fours. */
  readonly start: number;
  /** The floats that a lane adds up over a page, a multiple of 4. */
  readonly floatsOfLane: number;
}

/** How the rows of a batch are spread, and what the device does for them. */
export interface LaneLimits {
  /** The lanes of a workgroup. */
  readonly lanes: number;
  /** The samples of a lane, at most. */
  readonly samples: number;
  /** How often the loops of a lane may turn in a launch. */
  readonly maxLoopTurns: number;
}

/** The table of a program. */
export interface PageTable {
  /** Its pages, one after another. */
  readonly pages: Uint32Array<ArrayBuffer>;
  /** Whether any entry is an exchange in the outermost loop of the kernel, see {@linkcode KindTable.exchanges}. */
  readonly hasExchanges: boolean;
  /** Whether any entry sets a state midway. */
  readonly hasMidway: boolean;
  /** How often the loops of a lane turn at most in an update, or in a page of it, given the turns of the ops of an entry. */
  readonly turns: (opTurns: number) => number;
}

/** How many pages a table has. */
export function numPages(table: Uint32Array): number {
  return table.byteLength / PAGE_BYTES;
}

/**
 * The table of a program: one page where it fits, else as few of about one length as hold it. How many entries there are
 * depends on where pages start, since a page finds no state in a register.
 *
 * @param model the model
 * @param slots its slots
 * @param text what the kernel can do
 * @param places where things lie
 * @param partials what lanes add up
 * @param limits how much of it a launch may hold
 * @throws {GpuError} when the loops of a lane would turn too often for a single action
 */
export function pagesOf(
  model: Model,
  slots: Slots,
  text: ResidentText,
  places: Places,
  partials: Partials,
  limits: LaneLimits,
): PageTable {
  const kinds = new KindTable(text);
  const entriesFrom = (starts: ReadonlySet<number>) =>
    entriesOf(model, slots, kinds, replaysOf(model, text), places, starts);
  const hasExchanges = (pages: readonly WantedEntry[][]) =>
    pages.flat().some(({ entry }) => (entry[0]! & KIND) < kinds.firstLoad);
  const turns = (pages: readonly WantedEntry[][], opTurns: number) => {
    const isLong = hasExchanges(pages);
    const walks = pages.map((page) => turnsOfWalk(page.map(({ entry }) => entry), kinds, isLong, opTurns));
    const behind = turnsBehind(text, model.lossOfTerm.length, limits.lanes, pages.length);
    return limits.samples * Math.max(...walks) + behind;
  };
  const fits = (pages: readonly WantedEntry[][]) =>
    turns(pages, 0) <= limits.maxLoopTurns && pages.every(({ length }) => length <= PAGE_ROOM);
  const whole = entriesFrom(new Set())[0]!;
  let pages = [whole];
  for (let count = Math.ceil(whole.length / PAGE_ROOM); !fits(pages); count++) {
    if (count > whole.length) requireTurns("resident", turns(pages, 0), limits.maxLoopTurns, RESIDENT_REMEDY);
    pages = entriesFrom(startsOf(whole, count));
  }
  const table = new Uint32Array(pages.length * PAGE_ENTRIES * ENTRY_WORDS);
  pages.forEach((page, number) => {
    const header: Entry = [number, pages.length, partials.start, partials.floatsOfLane / 4];
    [header, ...page.map(({ entry }) => entry)].forEach((entry, i) =>
      table.set(entry, (number * PAGE_ENTRIES + i) * ENTRY_WORDS)
    );
  });
  const hasMidway = pages.flat().some(({ entry }) => (entry[0]! & EntryBit.setsMidway) !== 0);
  return {
    pages: table,
    hasExchanges: hasExchanges(pages),
    hasMidway,
    turns: (opTurns) => turns(pages, opTurns),
  };
}

/** Which states of a program are made again; null where they are fetched. */
function replaysOf({ program }: Model, { units, replaySpan }: ResidentText): Replays | null {
  if (replaySpan === null) return null;
  return new Replays(
    program.actions,
    replaySpan,
    splitsFor(units.find(({ loss }) => loss === null)!.forward),
  );
}

/** The actions with which pages but the first start, so that each has an equal share of what one would have. */
function startsOf(whole: readonly WantedEntry[], numPages: number): Set<number> {
  return new Set(
    Array.from(
      { length: numPages - 1 },
      (_, page) => whole[Math.floor((page + 1) * whole.length / numPages)]!.action,
    ),
  );
}
