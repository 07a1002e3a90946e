/**
 * Pace: how many updates go into one submit, and how many submits are under way.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";

/** A submit should keep the device busy for about this long: a fraction of what browsers allow, much more than a wait costs. */
const SUBMIT_MS = 60;
/** A call that took longer has waited for the device: no other one does. */
const BLOCKING_MS = 1;
/** Submits under way at a time: one that runs and one that waits. */
const MAX_UNDER_WAY = 2;
/** How many times as many updates the next submit may have. */
const MAX_GROWTH = 8;
/** About how many updates there are between two looks of the host, and submits, where they hold more. A look costs 10 ms. */
const BLOCK_UPDATES = 64;
const BLOCK_SUBMITS = 4;

/**
 * How many updates the next submit should hold. A wait may last 10 ms longer than the device works, so a short submit
 * does not make the next one smaller.
 *
 * @param size how many were thought to be right before
 * @param numUpdates how many the last submit held
 * @param ms how long it took
 */
export function sizeAfter(size: number, numUpdates: number, ms: number): number {
  const fitting = Math.max(1, Math.round(numUpdates * SUBMIT_MS / ms));
  return fitting < numUpdates ? fitting : Math.max(size, Math.min(fitting, MAX_GROWTH * numUpdates));
}

/**
 * Chooses the number of updates in a submit from the time that earlier ones took. Bits do not depend on it.
 */
export class Pace {
  /** How many updates the next submit should hold. */
  size = 1;
  /** How many updates are known to be done. */
  numDone = 0;
  readonly #gpu: Gpu;
  /** The last submit, as long as nobody waits for it. */
  #last: { readonly numUpdates: number; readonly time: number } | null = null;
  readonly #underWay: Promise<void>[] = [];
  /** When the last submit that is known to be done was so. */
  #done = 0;

  /** @param gpu the device */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** How many updates there should be between two looks of the host, at most. */
  get blockSize(): number {
    return Math.max(BLOCK_UPDATES, BLOCK_SUBMITS * this.size);
  }

  /**
   * Notes a submit that was made.
   *
   * @param numUpdates how many updates it holds
   * @param time when it was made: it began then, or when the one before was done
   */
  submitted(numUpdates: number, time: number): void {
    this.#last = { numUpdates, time };
  }

  /**
   * Begins to wait for the last submit. In Deno this call returns when the device has nothing more to do, and the wait
   * ends 10 ms later. So it is for when everything else is done, and what follows it should be short.
   */
  wait(): void {
    if (this.#last === null) return;
    const { numUpdates, time } = this.#last;
    this.#last = null;
    const begun = performance.now();
    const settled = this.#gpu.settled();
    const returned = performance.now();
    const hasBlocked = returned - begun > BLOCKING_MS;
    if (hasBlocked) this.#note(numUpdates, time, returned);
    const done = settled.then(() => {
      if (!hasBlocked) this.#note(numUpdates, time, performance.now());
    });
    done.catch(() => {}); // awaited in a later turn; a failure must not count as unhandled before
    this.#underWay.push(done);
  }

  /** Waits until another submit may follow. */
  async turn(): Promise<void> {
    this.wait();
    if (this.#underWay.length >= MAX_UNDER_WAY) await this.#underWay.shift();
  }

  /** Waits for everything under way. */
  async settled(): Promise<void> {
    this.wait();
    await Promise.all(this.#underWay.splice(0));
  }

  /** Learns from a submit that is done. */
  #note(numUpdates: number, time: number, done: number): void {
    this.size = sizeAfter(this.size, numUpdates, done - Math.max(this.#done, time));
    this.#done = done;
    this.numDone += numUpdates;
  }
}
