/**
 * The loop: many updates in a submit, many submits in flight, the host looking in now and then.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import type { Callback } from "./callbacks/callback.ts";
import { DivergenceError } from "./divergence_error.ts";
import { Pace } from "./pace.ts";
import type { RunTask } from "./run_task.ts";
import type { RunOptions } from "./train_options.ts";
import type { TrainingState } from "./training_state.ts";
import { withStates } from "./training_data_error.ts";
import { TrainingLayouts } from "./training_layout.ts";
import { type Block, type Chunk, type Trained, TrainingPlan } from "./training_plan.ts";

/**
 * Runs updates from the states of the members on.
 *
 * @param gpu the device
 * @param states where to start, all after the same number of updates
 * @param options signal and progress
 * @param task what to do
 */
export async function runTraining<P extends Tree<NdArray>>(
  gpu: Gpu,
  states: readonly TrainingState<P>[],
  options: RunOptions,
  task: RunTask,
): Promise<TrainingState<P>[]> {
  if (states[0]!.update >= task.numUpdates || options.signal?.aborted) return [...states];
  const what = `train ${task.name}`;
  const layouts = new TrainingLayouts(gpu, states[0]!.stepper, task);
  const layout = layouts.chosen();
  layouts.requireFits(layout);
  using plan = await TrainingPlan.create(gpu, layout, states, task).catch((error) => {
    throw withStates(what, error, states);
  });
  return await new Loop(gpu, plan, states, options, task).run();
}

/** Where a run has left the finite numbers. */
interface Divergence {
  /** The block in which it happened. */
  readonly chunk: Chunk;
  readonly member: number;
  readonly update: number;
  /** The first time level whose loss is not finite; -1 where all are. */
  readonly timeLevel: number;
  /** That loss. */
  readonly value: number;
}

class Loop<P extends Tree<NdArray>> {
  readonly #gpu: Gpu;
  readonly #plan: TrainingPlan;
  readonly #starts: readonly TrainingState<P>[];
  readonly #options: RunOptions;
  readonly #task: RunTask;
  readonly #pace: Pace;
  /** The losses of each member since the start. */
  readonly #histories: number[][];
  /** When the first submit was done, and how many updates with it: compiling does not count. */
  #clock: { readonly time: number; readonly update: number } | null = null;
  /** How many updates were done when that was told. */
  #reported: number;
  #stopAsked = false;

  constructor(
    gpu: Gpu,
    plan: TrainingPlan,
    starts: readonly TrainingState<P>[],
    options: RunOptions,
    task: RunTask,
  ) {
    this.#gpu = gpu;
    this.#plan = plan;
    this.#starts = starts;
    this.#options = options;
    this.#task = task;
    this.#pace = new Pace(gpu);
    this.#reported = starts[0]!.update;
    this.#histories = starts.map(() => []);
  }

  async run(): Promise<TrainingState<P>[]> {
    const chunks = this.#chunks();
    let next: Chunk | undefined = chunks.next().value;
    let reading: Promise<Divergence | null> = Promise.resolve(null);
    try {
      if (next !== undefined) this.#plan.writeTables(next);
      while (next !== undefined && !this.#isStopped) {
        const chunk: Chunk = next;
        await this.#plan.place(chunk).catch(async (error) => {
          throw withStates(`train ${this.#task.name}`, error, await this.#look(reading));
        });
        const due = this.#callbacks.filter(({ every }) => chunk.first % every === 0);
        if (due.length > 0) {
          await this.#call(due, await this.#look(reading));
          if (this.#isStopped) break;
        }
        this.#plan.keep(chunk);
        const size = await this.#submit(chunk, () => next = chunks.next().value);
        await this.#raise(await reading);
        this.#pace.wait(); // what callbacks and sources take is not its time
        this.#report();
        reading = this.#read({ ...chunk, size });
        reading.catch(() => {});
      }
      const states = await this.#look(reading);
      await this.#pace.settled();
      this.#report();
      return states;
    } finally {
      await next?.snapshots.catch(() => {}); // a source is not read any more when the run has ended
    }
  }

  /** The blocks until the last update, each with what it needs from the host. */
  *#chunks(): Generator<Chunk, undefined> {
    const { numUpdates } = this.#task;
    let first = this.#starts[0]!.update;
    for (let number = 0; first < numUpdates; number++) {
      const most = Math.min(this.#plan.blockSize, this.#pace.blockSize);
      const ahead = Math.min(numUpdates - first, this.#untilCallback(first));
      // Blocks of one size, as a short one at the end would wait as long as the others.
      const size = Math.ceil(ahead / Math.ceil(ahead / most));
      yield this.#plan.make({ number, first, size });
      first += size;
    }
  }

  get #callbacks(): readonly Callback<unknown>[] {
    return this.#options.callbacks ?? [];
  }

  get #isStopped(): boolean {
    return this.#stopAsked || this.#options.signal?.aborted === true;
  }

  /** How many updates there are until a callback looks again. */
  #untilCallback(done: number): number {
    return Math.min(...this.#callbacks.map(({ every }) => every - done % every));
  }

  /** Lets callbacks look at each member. */
  async #call(due: readonly Callback<unknown>[], states: readonly TrainingState<P>[]): Promise<void> {
    const { trajectories, stacker, mixers } = this.#task;
    for (const callback of due) {
      for (const [member, state] of states.entries()) {
        await callback.call({
          gpu: this.#gpu,
          member,
          isEnsemble: states.length > 1,
          state: state as unknown as TrainingState,
          data: trajectories.data,
          windows: Array.from(mixers[member]!.batch(state.update), (window) => stacker.window(window)),
          stop: () => this.#stopAsked = true,
        });
      }
    }
  }

  /**
   * Submits the updates of a block; gives how many were submitted before the signal. As a wait may hold up the host, each
   * submit is encoded before the wait for its turn, the next block is made behind the first, and its tables are written
   * behind the last.
   */
  async #submit({ size }: Block, makeNext: () => Chunk | undefined): Promise<number> {
    let next: Chunk | undefined;
    let at = 0;
    while (at < size) {
      const count = Math.min(this.#pace.size, size - at);
      const submit = this.#gpu.prepare(this.#task.name, (pass) => this.#plan.encode(pass, at, count));
      await this.#pace.turn();
      this.#report();
      if (this.#isStopped) break;
      const time = performance.now();
      submit();
      this.#pace.submitted(count, time);
      if (at === 0) next = makeNext();
      at += count;
    }
    if (next !== undefined) this.#plan.writeTables(next);
    return at;
  }

  /** Reads the losses of a block; tells where a member has stopped, and all with it. */
  async #read(chunk: Chunk): Promise<Divergence | null> {
    const { first, size } = chunk;
    if (size === 0) return null;
    const members = await this.#plan.readBlock(chunk);
    const stop = Math.min(...members.map(({ stopped }) => stopped ?? Infinity));
    members.forEach(({ losses }, m) => this.#histories[m]!.push(...losses.slice(0, stop - 1 - first)));
    if (stop === Infinity) return null;
    const member = members.findIndex(({ stopped }) => stopped === stop);
    const failed = members[member]!.levelsOf(stop - 1 - first);
    const timeLevel = failed.findIndex((x) => !Number.isFinite(x));
    return { chunk, member, update: stop, timeLevel, value: failed[timeLevel] ?? NaN };
  }

  /** Ends a run that has diverged: from what was kept at the start of its block, the last good state is made again. */
  async #raise(divergence: Divergence | null): Promise<void> {
    if (divergence === null) return;
    const { chunk, member, update, timeLevel, value } = divergence;
    await this.#pace.settled();
    await this.#plan.restore(chunk);
    for (let at = 0; at < update - 1 - chunk.first; at++) {
      this.#gpu.submit(this.#task.name, (pass) => this.#plan.encode(pass, at, 1));
    }
    const states = this.#statesOf(await this.#plan.readTrained());
    throw new DivergenceError(member, update, timeLevel, value, states);
  }

  /** Tells how many updates are done, where there are more than before. */
  #report(): void {
    const update = this.#starts[0]!.update + this.#pace.numDone;
    if (update === this.#reported) return;
    this.#reported = update;
    const { mixers, numUpdates } = this.#task;
    const now = performance.now();
    this.#clock ??= { time: now, update };
    const { time, update: first } = this.#clock;
    const last = this.#histories.flatMap((history) => history.at(-1) ?? []);
    this.#options.onProgress?.({
      update,
      numUpdates,
      epoch: mixers[0]!.info(update - 1).epoch,
      loss: last.length === 0 ? null : last.reduce((a, b) => a + b) / last.length,
      updatesPerSecond: update === first ? 0 : (update - first) / ((now - time) / 1000),
    });
  }

  /**
   * The states of the members when all is done. Reads losses and parameters at the same time, as a wait costs 10 ms.
   *
   * @throws {DivergenceError} when a block that was not read before has left the finite numbers
   */
  async #look(reading: Promise<Divergence | null>): Promise<TrainingState<P>[]> {
    const [divergence, trained] = await Promise.all([reading, this.#plan.readTrained()]);
    await this.#raise(divergence);
    return this.#statesOf(trained);
  }

  /** The states of the members, from what the device held and the losses read so far. */
  #statesOf(trained: Trained): TrainingState<P>[] {
    const members = this.#plan.membersOf(trained, this.#starts);
    return this.#starts.map((start, m) => {
      const history = this.#histories[m]!;
      const { recordLossEvery } = start.settings;
      const recorded = history.filter((_, i) => (start.update + i) % recordLossEvery === 0);
      const lossHistory = new Float32Array(start.lossHistory.length + recorded.length);
      lossHistory.set(start.lossHistory);
      lossHistory.set(recorded, start.lossHistory.length);
      return { ...start, ...members[m]!, update: start.update + history.length, lossHistory };
    });
  }
}
