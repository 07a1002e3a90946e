/**
 * The layout of a training: what is kept, and where the data lie, so that all fits.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import type { AnyStepper } from "../graph/stepper.ts";
import { explainLayout } from "../run/explain.ts";
import type { Layout, PlanOptions } from "../run/layout.ts";
import { type MemoryReport, reportOf, requireFits } from "../run/memory.ts";
import { modelOf } from "../run/model.ts";
import { placementsFor, type UpdatePlacement, windowLengthOf } from "../run/placement.ts";
import { chooseLayout, type LayoutFor, LEANER, roomOf, showSchedule } from "../run/policy.ts";
import type { MemorySchedule } from "../tape/program.ts";
import { runnerFor, type RunTask } from "./run_task.ts";
import { TrainingPlan } from "./training_plan.ts";

/** Updates between two looks of the host, at most: a look costs 10 ms, as long as many updates of a tiny network. */
const MOST_UPDATES = 8192;
/** Where tables for so many would be large, fewer, but so many at least. */
const LEAST_UPDATES = 64;
/** What the tables of a block may hold: 4 MiB. */
const TABLE_FLOATS = 2 ** 20;
/** What a block's tables hold of each update beside windows and losses, about: a record at the offset of a binding. */
const RECORD_FLOATS = 64;

/**
 * How many updates a block may have, that is, what the tables hold. Writes and copies are ordered with the submits, so
 * the tables of one block serve for all.
 */
function blockUpdates(floatsPerUpdate: number): number {
  const updates = Math.floor(TABLE_FLOATS / (floatsPerUpdate + RECORD_FLOATS));
  return Math.min(MOST_UPDATES, Math.max(LEAST_UPDATES, updates));
}

/** Lays out a training of a stepper. */
export class TrainingLayouts {
  readonly #gpu: Gpu;
  readonly #stepper: AnyStepper;
  readonly #task: RunTask;

  /**
   * @param gpu the device
   * @param stepper the first member
   * @param task what is trained
   */
  constructor(gpu: Gpu, stepper: AnyStepper, task: RunTask) {
    this.#gpu = gpu;
    this.#stepper = stepper;
    this.#task = task;
  }

  /**
   * The layout that the memory policy chooses.
   *
   * @throws {GpuError} when the policy is `{ bytes }`, and nothing fits in them
   */
  chosen(): Layout {
    const { name, memory } = this.#task;
    const choices = this.#placements(this.#batchSize).map(
      (place): LayoutFor => (schedule, hasSnapshotTexels) =>
        this.#layout(schedule, this.#batchSize, { ...place, hasSnapshotTexels }),
    );
    return chooseLayout(`train ${name}`, this.#gpu, memory, choices);
  }

  /** The bytes of the chosen layout. */
  memory(): MemoryReport {
    return reportOf(this.chosen());
  }

  /** What the chosen layout does, in words. */
  explain(): string {
    const choice = runnerFor(this.#task, this.#stepper, this.#batchSize);
    return explainLayout(this.#task.name, this.chosen(), choice);
  }

  /**
   * Throws unless a layout fits on the device.
   *
   * @param layout the layout
   * @throws {GpuError} naming the largest buffer, and what would fit
   */
  requireFits(layout: Layout): void {
    const batchSize = this.#batchSize;
    const smaller = [8, 1].filter((batch) => batch < batchSize);
    const alternatives = [
      ...LEANER.map((schedule) => [schedule, batchSize] as const),
      ...smaller.map((batch) => [LEANER.at(-1)!, batch] as const),
    ];
    requireFits(
      `train ${this.#task.name}`,
      this.#gpu,
      layout.buffers,
      alternatives.map(([schedule, batch]) => ({
        option: showSchedule(schedule) + (batch < batchSize ? ` with batchSize: ${batch}` : ""),
        specs: () => this.#layout(schedule, batch, this.#placements(batch).at(-1)!).buffers,
      })),
    );
  }

  get #batchSize(): number {
    return this.#task.mixers[0]!.batchSize;
  }

  #placements(batch: number): UpdatePlacement[] {
    const { trajectories, recording, mixers, memory, numUpdates } = this.#task;
    const updates = {
      windowLength: windowLengthOf(recording),
      windowsPerUpdate: batch * mixers.length,
      maxUpdates: Math.min(blockUpdates(mixers.length * (batch + recording.losses.length)), numUpdates),
    };
    return placementsFor(trajectories, updates, roomOf(this.#gpu, memory), this.#gpu.maxBindingBytes);
  }

  #layout(
    schedule: MemorySchedule,
    batch: number,
    place: UpdatePlacement & Pick<PlanOptions, "hasSnapshotTexels">,
  ): Layout {
    const { recording, trajectories, mixers, optimizers, runner } = this.#task;
    const stepper = this.#stepper;
    const model = modelOf(recording, trajectories.snapshotShape, {
      trained: stepper,
      gradient: true,
      schedule,
    });
    const options = { stepper, trajectories, batch, members: mixers.length, runner, ...place };
    return TrainingPlan.layout(this.#gpu, model, optimizers[0]!, options);
  }
}
