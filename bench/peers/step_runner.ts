/**
 * What the JavaScript peers have in common: a library gives one update, this loops over it.
 *
 * @module
 */
import { GpuCalls } from "./gpu_calls.ts";
import { batchOf, type Problem, readProblem, type Tensor } from "./problem.ts";
import type { Checked, Runner, Timed, TooSlow } from "./protocol.ts";

/** A problem in the hands of a library. `State` are parameters and moments, `Value` is one array. */
export interface Training<State, Value> {
  /** Moves a batch to the device. */
  upload(batch: Tensor): Value;
  /** The state before the first update. */
  start(): State;
  /** One update. The old state is gone afterwards, the batch is not. */
  step(state: State, batch: Value): { readonly state: State; readonly loss: Value };
  /** Waits for a loss, and frees it. */
  read(loss: Value): Promise<number>;
  /** Waits until a state is there: that the loss is, which comes before the gradient, does not say so. */
  settle(state: State): Promise<void>;
  /** Frees a loss that nobody reads; null where the library is faster when each is read. */
  readonly discard: ((loss: Value) => void) | null;
  /** The parameters, flat, in the order of the problem. */
  weights(state: State): Promise<number[]>;
  /** Frees a state. */
  free(state: State): void;
}

/** Runs the updates of a library. */
export class StepRunner<State, Value> implements Runner {
  readonly #train: (problem: Problem) => Training<State, Value>;
  readonly #hasGpu: boolean;
  #problem!: Problem;
  #training!: Training<State, Value>;
  #batches: Value[] = [];

  /**
   * @param train makes a training of a problem
   * @param hasGpu whether it runs on WebGPU
   */
  constructor(train: (problem: Problem) => Training<State, Value>, hasGpu: boolean) {
    this.#train = train;
    this.#hasGpu = hasGpu;
  }

  async load(folder: string): Promise<void> {
    this.#problem = await readProblem(folder);
    this.#training = this.#train(this.#problem);
    this.#batches = [];
  }

  async check(updates: number, limitSeconds: number): Promise<Checked | TooSlow> {
    using calls = this.#hasGpu ? new GpuCalls() : null;
    let state = this.#training.start();
    const losses: number[] = [];
    const seconds: number[] = [];
    let dispatches = 0;
    for (let i = 0; i < updates; i++) {
      const batch = this.#batch(i);
      const [start, before] = [performance.now(), calls?.dispatches ?? 0];
      const next = this.#training.step(state, batch);
      state = next.state;
      losses.push(await this.#training.read(next.loss));
      seconds.push((performance.now() - start) / 1000);
      dispatches = (calls?.dispatches ?? 0) - before;
      // The first update compiles; from the second on one can tell how long all will take.
      const projectedSeconds = seconds[0]! + (updates - 1) * (seconds[1] ?? 0);
      if (projectedSeconds > limitSeconds) return { projectedSeconds };
    }
    const weights = await this.#training.weights(state);
    this.#training.free(state);
    return {
      losses,
      weights,
      secondsPerUpdate: Math.min(...seconds),
      launches: calls && dispatches,
      gpuBytes: calls && calls.peakBytes,
    };
  }

  async time(updates: number): Promise<Timed> {
    let state = this.#training.start();
    const batches = Array.from({ length: updates }, (_, i) => this.#batch(i));
    const start = performance.now();
    for (const batch of batches) {
      const { state: next, loss } = this.#training.step(state, batch);
      state = next;
      if (this.#training.discard === null) await this.#training.read(loss);
      else this.#training.discard(loss);
    }
    await this.#training.settle(state);
    const seconds = (performance.now() - start) / 1000;
    this.#training.free(state);
    return { updates, seconds };
  }

  async first(): Promise<number> {
    const start = performance.now();
    const { state, loss } = this.#training.step(this.#training.start(), this.#batch(0));
    await this.#training.read(loss);
    await this.#training.settle(state);
    return (performance.now() - start) / 1000;
  }

  /** A batch on the device; those of the problem are gone through again and again. */
  #batch(update: number): Value {
    const index = update % this.#problem.batches.length;
    return this.#batches[index] ??= this.#training.upload(batchOf(this.#problem, index));
  }
}
