/**
 * One workload in all libraries: first they are compared, then timed in turn.
 *
 * @module
 */
import { agrees, CHECK_UPDATES, distanceOf } from "./check.ts";
import { type Contestant, showContestant } from "./contestants.ts";
import { Peer, PeerError } from "./peer.ts";
import type { Checked, TooSlow } from "./protocol.ts";
import type { Cell, Results } from "./results.ts";
import { showSeconds } from "./table.ts";
import { type Workload, writeProblem } from "./workloads.ts";

/** How a race is run. */
export interface RaceOptions {
  /** How many rounds. */
  readonly rounds: number;
  /** About how long a contestant is timed in a round. */
  readonly roundSeconds: number;
  /** How long a contestant may be compared, and how long it may be timed in all rounds together. */
  readonly limitSeconds: number;
}

/** How much longer than its limit a request may take until its process is killed: compiling is not foreseen. */
const GRACE_SECONDS = 120;
/** From here on an update is so long that the same program is not compared once more with other threads. */
const LONG_UPDATE_SECONDS = 0.3;

/** The processes of a run, started when they are needed. */
export class Pool implements AsyncDisposable {
  readonly #peers = new Map<Contestant, Peer>();

  /** The process of a contestant. */
  async get(contestant: Contestant): Promise<Peer> {
    const peer = this.#peers.get(contestant) ?? await Peer.start(contestant);
    this.#peers.set(contestant, peer);
    return peer;
  }

  /** Ends the process of a contestant; it is started again when it is needed. */
  async end(contestant: Contestant): Promise<void> {
    const peer = this.#peers.get(contestant);
    this.#peers.delete(contestant);
    await peer?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const contestant of [...this.#peers.keys()]) await this.end(contestant);
  }
}

/** A contestant that is still in the race. */
interface Racer {
  readonly contestant: Contestant;
  readonly cell: Cell;
  secondsPerUpdate: number;
}

/** Runs one workload. The first contestant is ours, whose losses and weights the others are compared with. */
export class Race {
  readonly #pool: Pool;
  readonly #contestants: readonly Contestant[];
  readonly #options: RaceOptions;
  readonly #results: Results;

  /**
   * @param pool the processes
   * @param contestants who takes part
   * @param options how
   * @param results what is added to
   */
  constructor(pool: Pool, contestants: readonly Contestant[], options: RaceOptions, results: Results) {
    this.#pool = pool;
    this.#contestants = contestants;
    this.#options = options;
    this.#results = results;
  }

  /** Compares and times a workload. */
  async run(workload: Workload, folder: string): Promise<void> {
    await writeProblem(workload, folder);
    this.#results.loads[workload.name] = Deno.loadavg()[0]!;
    let reference: Checked | null = null;
    let racers: Racer[] = [];
    for (const contestant of this.#contestants) {
      const cell: Cell = {
        workload: workload.name,
        name: contestant.name,
        threads: contestant.threads,
        samples: [],
        updates: 0,
        launches: null,
        gpuBytes: null,
        distance: null,
        reason: null,
      };
      this.#results.cells.push(cell);
      const sibling = racers.find((racer) => racer.contestant.name === contestant.name);
      const racer = { contestant, cell, secondsPerUpdate: sibling?.secondsPerUpdate ?? 0 };
      const isIn = await this.#attempt(racer, async (peer) => {
        this.#results.libraries[contestant.name] ??= peer.hello.library;
        await peer.ask({ do: "load", folder }, GRACE_SECONDS);
        const isCompared = racer.secondsPerUpdate > LONG_UPDATE_SECONDS;
        if (!isCompared) reference = await this.#compare(peer, racer, reference);
        if (cell.reason === null) await this.#calibrate(peer, racer);
        cell.launches ??= sibling?.cell.launches ?? null;
        cell.gpuBytes ??= sibling?.cell.gpuBytes ?? null;
      });
      if (isIn) racers.push(racer);
    }
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const racer of racers) {
        await this.#attempt(racer, async (peer) => {
          const { updates, seconds } = await peer.ask(
            { do: "time", updates: racer.cell.updates },
            this.#options.limitSeconds + GRACE_SECONDS,
          );
          racer.cell.samples.push(seconds / updates);
        });
      }
      racers = racers.filter(({ cell }) => cell.reason === null);
    }
    for (const { cell } of racers) {
      progress(
        `  ${cell.name.padEnd(13)} ${(cell.threads ?? "").padEnd(20)} ${
          showSeconds(Math.min(...cell.samples))
        }`,
      );
    }
  }

  /** Does something with a racer's process. What fails is its reason to leave the race. */
  async #attempt({ contestant, cell }: Racer, act: (peer: Peer) => Promise<void>): Promise<boolean> {
    try {
      await act(await this.#pool.get(contestant));
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      cell.reason = `failed: ${error.message.split("\n")[0]}`;
      cell.samples.length = 0;
      await this.#pool.end(contestant);
    }
    if (cell.reason === null) return true;
    progress(`  ${showContestant(contestant)}: ${cell.reason}`);
    return false;
  }

  /** Compares the first updates with ours, which come first; gives ours. */
  async #compare(peer: Peer, racer: Racer, reference: Checked | null): Promise<Checked | null> {
    const { limitSeconds } = this.#options;
    const { cell, contestant } = racer;
    const request = { do: "check", updates: CHECK_UPDATES, limitSeconds } as const;
    const checked: Checked | TooSlow = await peer.ask(request, limitSeconds + GRACE_SECONDS);
    if ("projectedSeconds" in checked) {
      cell.reason = `skipped: ${CHECK_UPDATES} updates to compare would take ${
        showSeconds(checked.projectedSeconds)
      }, the limit is ${limitSeconds} s`;
      return reference;
    }
    racer.secondsPerUpdate = checked.secondsPerUpdate;
    cell.launches = checked.launches;
    cell.gpuBytes = checked.gpuBytes;
    if (reference === null) return checked;
    cell.distance = distanceOf(checked, reference);
    if (!agrees(cell.distance)) {
      cell.reason = `trains something else: losses differ by ${
        cell.distance.loss.toExponential(1)
      }, weights by ${cell.distance.weight.toExponential(1)} after ${CHECK_UPDATES} updates`;
      this.#results.faults.push(`${cell.workload}, ${showContestant(contestant)} ${cell.reason}`);
    }
    return reference;
  }

  /** Finds how many updates a round holds, with nothing left to compile afterwards. */
  async #calibrate(peer: Peer, racer: Racer): Promise<void> {
    const { rounds, roundSeconds, limitSeconds } = this.#options;
    const { cell } = racer;
    const fit = (seconds: number) => Math.max(1, Math.round(roundSeconds / seconds));
    let updates = Math.min(fit(racer.secondsPerUpdate), CHECK_UPDATES);
    if (racer.secondsPerUpdate < LONG_UPDATE_SECONDS) { // the first call may compile
      await peer.ask({ do: "time", updates }, limitSeconds + GRACE_SECONDS);
    }
    for (let timed = 0; timed < roundSeconds / 2;) {
      const reply = await peer.ask({ do: "time", updates }, limitSeconds + GRACE_SECONDS);
      timed = reply.seconds;
      racer.secondsPerUpdate = reply.seconds / reply.updates;
      cell.updates = reply.updates;
      if (reply.updates < updates) break; // all that this peer does at once
      updates = Math.min(fit(racer.secondsPerUpdate), 16 * reply.updates);
    }
    cell.updates = Math.min(cell.updates, updates);
    const seconds = rounds * cell.updates * racer.secondsPerUpdate;
    if (seconds > limitSeconds) {
      cell.reason =
        `skipped: ${rounds} rounds of ${cell.updates} updates would take ${showSeconds(seconds)}, ` +
        `the limit is ${limitSeconds} s`;
    }
  }
}

/** Tells the terminal how far the bench is. */
export function progress(line: string): void {
  console.error(line);
}
