/**
 * Our library as a peer: its public trainer, used as in the README.
 *
 * @module
 */
import {
  adam,
  type AnyStepper,
  Callback,
  Gpu,
  type NdArray,
  random,
  SupervisedTrainer,
  type TrainingState,
} from "../../mod.ts";
import config from "../../deno.json" with { type: "json" };
import { GpuCalls } from "./gpu_calls.ts";
import { type Checked, type Encoded, type Runner, serve, type Timed } from "./protocol.ts";
import { readProblem } from "./problem.ts";
import { FIRST_WORKLOADS, parametersOf, SHUFFLE_SEED, type Workload, WORKLOADS } from "./workloads.ts";

/** Notes when it looks: the device has done everything before. */
class Clock extends Callback<number> {
  protected evaluate(): number {
    return performance.now();
  }
}

class Ours implements Runner {
  readonly #gpu: Gpu;
  #workload!: Workload;
  #stepper!: AnyStepper;
  #data!: NdArray;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  async load(folder: string): Promise<void> {
    const { name, data } = await readProblem(folder);
    this.#workload = [...WORKLOADS, ...FIRST_WORKLOADS].find((workload) => workload.name === name)!;
    this.#stepper = this.#workload.stepper();
    this.#data = data;
  }

  async check(updates: number): Promise<Checked> {
    using calls = new GpuCalls();
    const start = performance.now();
    const { lossHistory, stepper } = await this.#train(updates);
    return {
      losses: [...lossHistory],
      weights: parametersOf(stepper).flatMap(({ value }) => [...value.data]),
      secondsPerUpdate: (performance.now() - start) / 1000 / updates,
      launches: calls.dispatches / updates,
      gpuBytes: calls.peakBytes,
    };
  }

  /** One run of twice as many updates, the second half of which is timed. */
  async time(updates: number): Promise<Timed> {
    const clock = new Clock({ every: updates });
    await this.#train(2 * updates, [clock]);
    return { updates, seconds: (performance.now() - clock.history[1]!.value) / 1000 };
  }

  async first(): Promise<number> {
    const start = performance.now();
    await this.#train(1);
    return (performance.now() - start) / 1000;
  }

  async encode(updates: number): Promise<Encoded> {
    using calls = new GpuCalls();
    await this.#train(updates);
    return { secondsPerLaunch: calls.encodings };
  }

  #train(numTrainingSteps: number, callbacks: readonly Callback<unknown>[] = []): Promise<TrainingState> {
    const { numRolloutSteps, batchSize, learningRate } = this.#workload;
    const trainer = new SupervisedTrainer(this.#gpu, this.#data, {
      numRolloutSteps,
      optimizer: adam(learningRate),
      numTrainingSteps,
      batchSize,
    });
    return trainer.train(this.#stepper, { key: random.key(SHUFFLE_SEED), callbacks });
  }
}

await using gpu = await Gpu.request();
await serve({ library: `unroll ${config.version}`, adapter: gpu.name }, new Ours(gpu));
