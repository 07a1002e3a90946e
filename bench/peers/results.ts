/**
 * What a run of the bench finds, as its JSON file has it.
 *
 * @module
 */
import { CONTESTANT_NAMES, type ContestantName } from "./contestants.ts";
import type { Distance } from "./check.ts";

/** The machine. */
export interface Machine {
  /** The model of its processor. */
  readonly cpu: string;
  /** How many logical cores it has. */
  readonly cores: number;
  /** The adapter that WebGPU gave to ours. */
  readonly adapter: string | null;
  /** The mean number of running processes in the last minute, before the bench. */
  readonly loadBefore: number;
}

/** One contestant at one workload, with one choice of threads. */
export interface Cell {
  /** The workload's name. */
  readonly workload: string;
  /** The library and how it is used. */
  readonly name: ContestantName;
  /** Its threads, where there is a choice. */
  readonly threads: string | null;
  /** Seconds of an update, one for each round. Empty where it was skipped or has failed. */
  readonly samples: number[];
  /** How many updates a sample is the mean of. */
  updates: number;
  /** Dispatches of an update. */
  launches: number | null;
  /** The most bytes that GPU buffers held at a time. */
  gpuBytes: number | null;
  /** How far its first updates are off ours. Null where the same program was compared with other threads. */
  distance: Distance | null;
  /** Why there are no samples. */
  reason: string | null;
}

/** The time to the first update of one contestant with one choice of threads. */
export interface FirstUpdate {
  /** The workload's name. */
  readonly workload: string;
  /** The library and how it is used. */
  readonly name: ContestantName;
  /** Its threads, where there is a choice. */
  readonly threads: string | null;
  /** Seconds with an empty cache of compiled shaders; null where it was skipped or has failed. */
  readonly coldSeconds: number | null;
  /** Seconds in a second process; null without a GPU. */
  readonly warmSeconds: number | null;
  /** Why it is missing. */
  readonly reason: string | null;
}

/** Everything that a run finds. */
export interface Results {
  /** When it began. */
  readonly date: string;
  /** The options that it was given. */
  readonly options: readonly string[];
  /** The machine. */
  readonly machine: Machine;
  /** The libraries with their versions. */
  readonly libraries: Partial<Record<ContestantName, string>>;
  /** The load before each workload. */
  readonly loads: Record<string, number>;
  /** The times in the steady state. */
  readonly cells: Cell[];
  /** The times to the first update. */
  readonly firstUpdates: FirstUpdate[];
  /** Seconds of the host for a launch. */
  secondsPerLaunch: number | null;
  /** Seconds from the start of a process to its first line, after one update of the quickstart; shaders are cached. */
  secondsToFirstLine: number | null;
  /** What was left out and why, for the reader. */
  readonly notes: string[];
  /** What makes the run worthless: peers that train something else or are set up wrongly. */
  readonly faults: string[];
}

/** The median. */
export function medianOf(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** For each library its fastest choice of threads at a workload, by the median; those without samples are left out. */
export function bestCells({ cells }: Results, workload: string): Partial<Record<ContestantName, Cell>> {
  return Object.fromEntries(CONTESTANT_NAMES.flatMap((name) => {
    const measured = cells.filter((cell) =>
      cell.workload === workload && cell.name === name && cell.samples.length > 0
    );
    const [best] = measured.toSorted((a, b) => medianOf(a.samples) - medianOf(b.samples));
    return best === undefined ? [] : [[name, best]];
  }));
}

/** The least time to the first update of a library at a workload, over its choices of threads; null where there is none. */
export function firstUpdateOf(
  { firstUpdates }: Results,
  workload: string,
  name: ContestantName,
): number | null {
  const seconds = firstUpdates.filter((x) => x.workload === workload && x.name === name)
    .flatMap(({ coldSeconds }) => coldSeconds ?? []);
  return seconds.length === 0 ? null : Math.min(...seconds);
}
