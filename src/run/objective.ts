/**
 * The objective: a configuration on data, evaluated and differentiated on the device.
 *
 * @module
 */
import * as z from "zod";
import { type TrajectoryData, trajectoryDataSchema } from "../data/trajectory_source.ts";
import { Gpu } from "../gpu/gpu.ts";
import type { AnyStepper, StateFunction, Stepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { callable, checkOptions, instance } from "../options.ts";
import { Configuration, recordTape } from "../tape/configuration.ts";
import { Evaluation, type ObjectiveGradient, type ObjectiveValue } from "./evaluation.ts";
import type { MemoryReport } from "./memory.ts";
import { type MemoryPolicy, policySchema } from "./policy.ts";
import { type RunnerOption, runnerSchema } from "./runner_choice.ts";
import { Trajectories } from "./trajectories.ts";
import { checkWindows, type Window } from "./windows.ts";

/** What an objective takes beside its stepper. */
export interface ObjectiveData {
  /** Trajectories, [S, T, C, ...N] or [S, T, D], finite: an array, or a source of which the windows are read. */
  readonly data: TrajectoryData;
  /** The reference stepper, for configurations that need one. */
  readonly refStepper?: StateFunction;
  /** The residuum r(next, previous), for configurations that need one. */
  readonly residuum?: StateFunction;
  /** The windows of the batch; default: snapshots from 0 on of every trajectory. */
  readonly windows?: readonly Window[];
  /** What the forward sweep keeps for the reverse sweep; default `"auto"`. Bits do not depend on it. */
  readonly memory?: MemoryPolicy;
  /** What interprets the program; default `"auto"`. */
  readonly runner?: RunnerOption;
}

/** Options of {@linkcode Objective}. */
export interface ObjectiveOptions<P extends Tree<NdArray>> extends ObjectiveData {
  /** The stepper whose parameters the gradient is taken by. */
  readonly stepper: Stepper<P>;
}

/** The schema of a stepper. */
export const stepperSchema = (): z.ZodMiniType<AnyStepper> =>
  z.custom<AnyStepper>((x) => typeof (x as AnyStepper | null)?.with === "function", { error: "a stepper" });

/** The schema of a function of states: a stepper, or a function of variables. */
export const stateFunctionSchema = (): z.ZodMiniType<StateFunction> =>
  z.union([stepperSchema(), callable<StateFunction & ((...x: never[]) => unknown)>()], {
    error: "a stepper or a function",
  });

const index = z.custom<number>((x) => typeof x === "number", { error: "a number" });

/** The schemas of {@linkcode ObjectiveData}. */
export const DATA_SCHEMA = {
  data: trajectoryDataSchema(),
  refStepper: z.optional(stateFunctionSchema()),
  residuum: z.optional(stateFunctionSchema()),
  windows: z.optional(
    z.array(z.object({ sample: index, start: index }, { error: "a window, { sample, start }" }), {
      error: "a list of windows",
    }),
  ),
  memory: z.optional(policySchema()),
  runner: z.optional(runnerSchema()),
};

/** Checks data and windows, and records the configuration. */
export function evaluationOf<P extends Tree<NdArray>>(
  className: string,
  gpu: Gpu,
  configuration: Configuration,
  members: readonly Stepper<P>[],
  options: ObjectiveData,
): Evaluation<P> {
  const { name, numSnapshots } = configuration;
  const { refStepper, residuum } = options;
  const trajectories = new Trajectories(`evaluate ${name}`, options.data, numSnapshots);
  const windows = options.windows ??
    Array.from({ length: trajectories.numSamples }, (_, sample) => ({ sample, start: 0 }));
  checkWindows(`evaluate ${name}`, windows, trajectories, numSnapshots);
  const recording = recordTape(configuration, {
    stepper: members[0]!,
    refStepper,
    residuum,
  });
  const { memory = "auto", runner = "auto" } = options;
  return new Evaluation(gpu, { className, name, recording, members, trajectories, windows, memory, runner });
}

/**
 * A configuration on a batch of windows, on the device. Nothing is allocated before the first evaluation.
 *
 * @example
 * ```ts
 * import { Gpu, Objective, random, sampleData, steppers, Supervised } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ key: random.key(0) });
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: random.key(1) });
 * using objective = new Objective(gpu, new Supervised({ numRolloutSteps: 3 }), { stepper, data });
 * const { loss, grad } = await objective.valueAndGrad();
 * assert(loss > 0 && grad.weight.size === 2);
 * ```
 */
export class Objective<P extends Tree<NdArray>> implements Disposable {
  readonly #evaluation: Evaluation<P>;

  /**
   * Checks and records; allocates nothing.
   *
   * @param gpu the device
   * @param configuration the configuration
   * @param options stepper, data and what else the configuration needs
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short, or shapes do not fit the stepper
   * @throws {TypeError} when a part is missing
   * @throws {RangeError} when `runner: "resident"` cannot run
   */
  constructor(gpu: Gpu, configuration: Configuration, options: ObjectiveOptions<P>) {
    requireDevice(gpu, configuration);
    checkOptions(`evaluate ${configuration.name}`, { ...DATA_SCHEMA, stepper: stepperSchema() }, options);
    this.#evaluation = evaluationOf("Objective", gpu, configuration, [options.stepper], options);
  }

  /**
   * The loss. Windows that do not fit on the device at once are evaluated in parts, which are added on the host.
   *
   * @throws {DisposedError} after disposal
   * @throws {DataError} when the source of the data fails, or gives something else than it must
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async evaluate(): Promise<ObjectiveValue> {
    return (await this.#evaluation.values())[0]!;
  }

  /**
   * The loss and its gradient by the parameters.
   *
   * @throws {DisposedError} after disposal
   * @throws {DataError} when the source of the data fails, or gives something else than it must
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async valueAndGrad(): Promise<ObjectiveGradient<P>> {
    return (await this.#evaluation.gradients())[0]!;
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

/**
 * Throws unless a device and a configuration are what they should be.
 *
 * @param gpu the device
 * @param configuration the configuration
 * @throws {OptionsError} naming each that is not
 */
export function requireDevice(gpu: unknown, configuration: unknown): void {
  const schema = {
    gpu: instance(Gpu as never, "Gpu"),
    configuration: instance(Configuration, "Configuration"),
  };
  checkOptions("create Objective", schema, { gpu, configuration });
}
