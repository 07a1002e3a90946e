/**
 * The tables of a block of updates: what the host works out for each of them.
 *
 * @module
 */
import { scalarsOf } from "../optimizers/optimizer.ts";
import type { Plan, UpdateValues } from "../run/plan.ts";
import type { WindowList } from "../run/windows.ts";
import type { RunTask } from "./run_task.ts";

/** The tables of consecutive updates. */
export interface BlockTables {
  /** Their records. */
  readonly records: Uint32Array<ArrayBuffer>;
  /** For each update, member and row: where its window begins, counted in snapshots. */
  readonly positions: Uint32Array<ArrayBuffer>;
  /** The optimizer scalars. */
  readonly schedule: Float32Array<ArrayBuffer>;
  /** The windows of the batches: update by update, member by member. */
  readonly windows: WindowList;
}

/** Makes the tables of blocks. */
export class TableMaker {
  readonly #plan: Plan;
  readonly #task: RunTask;
  /**
   * Where windows begin, counted in snapshots: every window of the trajectories where these are on the device, and else
   * the first one, the second one and so on of a block.
   */
  readonly #positions: Uint32Array;

  /**
   * @param plan the plan
   * @param task what is trained
   */
  constructor(plan: Plan, task: RunTask) {
    this.#plan = plan;
    this.#task = task;
    const { stacker } = task;
    const { batch, members, updates } = plan.layout.options;
    const length = plan.data.isWhole ? stacker.numTotalSamples : updates * members * batch;
    this.#positions = plan.data.positionsOf({ length, window: (i) => stacker.window(i) });
  }

  /**
   * The tables of consecutive updates.
   *
   * @param first how many updates were done before
   * @param size how many there are
   */
  make(first: number, size: number): BlockTables {
    const { mixers, optimizers, stacker } = this.#task;
    const { batchSize } = mixers[0]!;
    const scalars = optimizers.map(scalarsOf);
    const schedule = new Float32Array(size * scalars.flat().length);
    const positions = new Uint32Array(size * mixers.length * batchSize);
    const numbers = new Uint32Array(positions.length);
    const { isWhole } = this.#plan.data;
    const updates: UpdateValues[] = [];
    let [length, scalar, row] = [0, 0, 0];
    for (let update = first; update < first + size; update++) {
      const [before, start] = [length, scalar];
      for (let m = 0; m < mixers.length; m++, row += batchSize) {
        const live = mixers[m]!.writeBatch(update, numbers, length);
        for (let i = 0; i < live; i++, length++) {
          positions[row + i] = this.#positions[isWhole ? numbers[length]! : length]!;
        }
        for (const value of scalars[m]!) schedule[scalar++] = value(update);
      }
      updates.push({ number: update + 1, live: (length - before) / mixers.length, schedule: start });
    }
    const windows = { length, window: (i: number) => stacker.window(numbers[i]!) };
    return { records: this.#plan.recordsOf(updates), positions, schedule, windows };
  }
}
