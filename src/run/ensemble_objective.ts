/**
 * The objective of an ensemble.
 *
 * @module
 */
import * as z from "zod";
import type { Gpu } from "../gpu/gpu.ts";
import type { Ensemble } from "../graph/ensemble.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { checkOptions } from "../options.ts";
import type { Configuration } from "../tape/configuration.ts";
import type { Evaluation, ObjectiveGradient, ObjectiveValue } from "./evaluation.ts";
import type { MemoryReport } from "./memory.ts";
import { DATA_SCHEMA, evaluationOf, type ObjectiveData, requireDevice } from "./objective.ts";

/** Options of {@linkcode EnsembleObjective}. */
export interface EnsembleObjectiveOptions<P extends Tree<NdArray>> extends ObjectiveData {
  /** The steppers, from `stack`. */
  readonly ensemble: Ensemble<P>;
}

/** The schema of an ensemble. */
export const ensembleSchema = (): z.ZodMiniType<Ensemble> =>
  z.custom<Ensemble>((x) => Array.isArray((x as Ensemble | null)?.members), {
    error: "an ensemble made by stack",
  });

/**
 * A configuration on a batch of windows for every member of an ensemble, in the same launches. Each member gives the
 * bits of an `Objective` of its own.
 *
 * @example
 * ```ts
 * import { EnsembleObjective, Gpu, random, sampleData, stack, steppers, Supervised } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ key: random.key(0) });
 * const options = { spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2 } as const;
 * const ensemble = stack(random.split(random.key(1), 3).map((key) => steppers.conv({ ...options, key })));
 * using objective = new EnsembleObjective(gpu, new Supervised(), { ensemble, data });
 * assertEquals((await objective.valueAndGrad()).length, 3);
 * ```
 */
export class EnsembleObjective<P extends Tree<NdArray>> implements Disposable {
  readonly #evaluation: Evaluation<P>;

  /**
   * Checks and records; allocates nothing.
   *
   * @param gpu the device
   * @param configuration the configuration
   * @param options ensemble, data and what else the configuration needs
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short, or shapes do not fit the steppers
   * @throws {TypeError} when a part is missing
   */
  constructor(gpu: Gpu, configuration: Configuration, options: EnsembleObjectiveOptions<P>) {
    requireDevice(gpu, configuration);
    checkOptions(`evaluate ${configuration.name}`, { ...DATA_SCHEMA, ensemble: ensembleSchema() }, options);
    this.#evaluation = evaluationOf(
      "EnsembleObjective",
      gpu,
      configuration,
      options.ensemble.members,
      options,
    );
  }

  /**
   * The loss of each member.
   *
   * @throws {DisposedError} after disposal
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async evaluate(): Promise<ObjectiveValue[]> {
    return await this.#evaluation.values();
  }

  /**
   * The loss of each member and its gradient by the member's parameters.
   *
   * @throws {DisposedError} after disposal
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async valueAndGrad(): Promise<ObjectiveGradient<P>[]> {
    return await this.#evaluation.gradients();
  }

  /** The bytes that `valueAndGrad` takes on the device, counted ahead. */
  memory(): MemoryReport {
    return this.#evaluation.memory();
  }

  /** What `valueAndGrad` does, in words: the runner and why, sizes, and the program. */
  explain(): string {
    return this.#evaluation.explain();
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#evaluation[Symbol.dispose]();
  }
}
