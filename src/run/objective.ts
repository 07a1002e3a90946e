/**
 * The objective: a configuration on data, evaluated and differentiated on the device.
 *
 * @module
 */
import * as z from "zod";
import { DisposedError, type Fault, OptionsError } from "../errors.ts";
import { Gpu } from "../gpu/gpu.ts";
import type { StateFunction, Stepper } from "../graph/stepper.ts";
import { NdArray, type Tree } from "../ndarray.ts";
import { callable, checkOptions, instance, word } from "../options.ts";
import { Configuration, type Parts, recordTape } from "../tape/configuration.ts";
import type { MemoryPolicy } from "../tape/program.ts";
import type { Recording } from "../tape/tape.ts";
import { type MemoryReport, reportOf, requireFits } from "./memory.ts";
import { explainModel } from "./explain.ts";
import { type Model, modelOf } from "./model.ts";
import { Layout, type PlanOptions } from "./layout.ts";
import { Plan } from "./plan.ts";
import { Trajectories } from "./trajectories.ts";

/** A stretch of one trajectory. */
export interface Window {
  /** Which trajectory. */
  readonly sample: number;
  /** The snapshot at which it starts. */
  readonly start: number;
}

/** Options of {@linkcode Objective}. */
export interface ObjectiveOptions<P extends Tree<NdArray>> {
  /** The stepper whose parameters the gradient is taken by. */
  readonly stepper: Stepper<P>;
  /** Trajectories, [S, T, C, ...N] or [S, T, D], finite. */
  readonly data: NdArray;
  /** The reference stepper, for configurations that need one. */
  readonly refStepper?: StateFunction;
  /** The residuum r(next, previous), for configurations that need one. */
  readonly residuum?: StateFunction;
  /** The windows of the batch; default: snapshots from 0 on of every trajectory. */
  readonly windows?: readonly Window[];
  /** What the forward sweep keeps for the reverse sweep; default `"store"`. Bits do not depend on it. */
  readonly memory?: MemoryPolicy;
}

/** The value of an objective. */
export interface ObjectiveValue {
  /** The weighted sum of the losses. */
  readonly loss: number;
  /** The losses in the order in which the configuration records them, reduced over the batch, without weights. */
  readonly timeLevelLosses: Float32Array;
}

/** Value and gradient of an objective. */
export interface ObjectiveGradient<P extends Tree<NdArray>> extends ObjectiveValue {
  /** The gradient by the parameters, as their tree; 0 where they are frozen. */
  readonly grad: P;
}

/** The schema of a stepper. */
export const stepperSchema = (): z.ZodMiniType<Stepper> =>
  z.custom<Stepper>((x) => typeof (x as Stepper | null)?.with === "function", { error: "a stepper" });

/** The schema of a function of states: a stepper, or a function of variables. */
export const stateFunctionSchema = (): z.ZodMiniType<StateFunction> =>
  z.union([stepperSchema(), callable<StateFunction & ((...x: never[]) => unknown)>()], {
    error: "a stepper or a function",
  });

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
  readonly #gpu: Gpu;
  readonly #configuration: Configuration;
  readonly #recording: Recording;
  readonly #trajectories: Trajectories;
  readonly #windows: readonly Window[];
  readonly #stepper: Stepper<P>;
  readonly #memory: MemoryPolicy;
  readonly #model: Model;
  #plan: Plan | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /**
   * Checks and records; allocates nothing.
   *
   * @param gpu the device
   * @param configuration the configuration
   * @param options stepper, data and what else the configuration needs
   * @throws {OptionsError} naming every option that does not hold
   * @throws {ShapeError} when trajectories are too short, or shapes do not fit the stepper
   * @throws {TypeError} when a part is missing
   */
  constructor(gpu: Gpu, configuration: Configuration, options: ObjectiveOptions<P>) {
    const what = `evaluate ${configuration.name}`;
    checkOptions(what, {
      stepper: stepperSchema(),
      data: instance(NdArray),
      refStepper: z.optional(stateFunctionSchema()),
      residuum: z.optional(stateFunctionSchema()),
      windows: z.optional(
        z.array(z.object({ sample: z.number(), start: z.number() }), { error: "a list of windows" }),
      ),
      memory: z.optional(word("store", "recompute")),
    }, options);
    const { stepper, refStepper, residuum } = options;
    this.#gpu = gpu;
    this.#configuration = configuration;
    this.#stepper = stepper;
    this.#memory = options.memory ?? "store";
    this.#trajectories = new Trajectories(what, options.data, configuration.numSnapshots);
    this.#windows = options.windows ??
      Array.from({ length: this.#trajectories.numSamples }, (_, sample) => ({ sample, start: 0 }));
    this.#checkWindows(what);
    const parts: Parts = { stepper: stepper as unknown as Stepper, refStepper, residuum };
    this.#recording = recordTape(configuration, parts);
    this.#model = this.#modelOf(true, this.#memory);
  }

  /**
   * The loss.
   *
   * @throws {DisposedError} after disposal
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async evaluate(): Promise<ObjectiveValue> {
    return await this.#run(false);
  }

  /**
   * The loss and its gradient by the parameters.
   *
   * @throws {DisposedError} after disposal
   * @throws {GpuError} when the buffers do not fit, or the device fails
   */
  async valueAndGrad(): Promise<ObjectiveGradient<P>> {
    const { loss, timeLevelLosses, gradient } = await this.#run(true);
    return {
      loss,
      timeLevelLosses,
      grad: this.#plan!.layout.parameters.unpack(gradient!, this.#stepper.parameters),
    };
  }

  /** The bytes that `valueAndGrad` takes on the device, counted ahead. */
  memory(): MemoryReport {
    return this.#report(this.#layout(this.#model), this.#model);
  }

  /** What `valueAndGrad` does, in words: the runner and why, sizes, and the program. */
  explain(): string {
    return explainModel(this.#configuration.name, this.#model, this.memory());
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#plan?.[Symbol.dispose]();
    this.#plan = null;
  }

  #checkWindows(what: string): void {
    const { numSamples, numSnapshots } = this.#trajectories;
    const last = numSnapshots - this.#configuration.numSnapshots;
    const inside = (x: number, end: number) => Number.isSafeInteger(x) && x >= 0 && x <= end;
    const faults: Fault[] = this.#windows.flatMap(({ sample, start }, i) => [
      ...(inside(sample, numSamples - 1)
        ? []
        : [{ path: `windows.${i}.sample`, rule: `an integer in [0, ${numSamples - 1}]`, value: sample }]),
      ...(inside(start, last)
        ? []
        : [{ path: `windows.${i}.start`, rule: `an integer in [0, ${last}]`, value: start }]),
    ]);
    if (this.#windows.length === 0) faults.push({ path: "windows.length", rule: ">= 1", value: 0 });
    if (faults.length > 0) throw new OptionsError(what, faults);
  }

  #modelOf(gradient: boolean, memory: MemoryPolicy): Model {
    return modelOf(this.#recording, this.#trajectories.snapshotShape, {
      trained: this.#stepper as unknown as Stepper,
      gradient,
      memory,
    });
  }

  get #planOptions(): PlanOptions {
    return {
      stepper: this.#stepper as unknown as Stepper,
      trajectories: this.#trajectories,
      batch: this.#windows.length,
      members: 1,
      updates: 1,
    };
  }

  #layout(model: Model): Layout {
    return new Layout(model, this.#planOptions, this.#gpu.alignment);
  }

  #report(layout: Layout, model: Model): MemoryReport {
    return reportOf(layout.buffers, model.program.actions.filter((a) => a.kind === "recompute").length);
  }

  /** One evaluation at a time; a plan with the gradient serves both. */
  #run(gradient: boolean): Promise<ObjectiveValue & { readonly gradient: Float32Array | null }> {
    if (this.#disposed) throw new DisposedError("evaluate", "Objective");
    const result = this.#queue.then(async () => {
      if (this.#disposed) throw new DisposedError("evaluate", "Objective");
      const plan = await this.#planFor(gradient);
      this.#gpu.submit(this.#configuration.name, (pass) => plan.encode(pass, 0));
      const wanted = [{ memory: plan.buffer("history"), bytes: 4 * this.#recording.losses.length }];
      const [levels, grads] = await this.#gpu.read(
        gradient ? [...wanted, { memory: plan.buffer("gradient") }] : wanted,
      );
      const timeLevelLosses = new Float32Array(levels!);
      const loss = this.#recording.losses.reduce(
        (sum, { weight }, i) => sum + weight * timeLevelLosses[i]!,
        0,
      );
      return { loss, timeLevelLosses, gradient: grads ? new Float32Array(grads) : null };
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  async #planFor(gradient: boolean): Promise<Plan> {
    if (this.#plan && (this.#plan.layout.model === this.#model || !gradient)) return this.#plan;
    this.#plan?.[Symbol.dispose]();
    this.#plan = null;
    const model = gradient ? this.#model : this.#modelOf(false, this.#memory);
    const layout = this.#layout(model);
    const alternative = () => reportOf(this.#layout(this.#modelOf(gradient, "recompute")).buffers, 0).total;
    requireFits(`evaluate ${this.#configuration.name}`, this.#gpu, layout.buffers, function* () {
      yield { option: 'memory: "recompute"', total: alternative() };
    });
    const plan = await Plan.create(this.#gpu, layout);
    plan.writeParameters(layout.parameters.pack(this.#stepper.parameters));
    const { numSnapshots } = this.#trajectories;
    const windows = Uint32Array.from(this.#windows, ({ sample, start }) => sample * numSnapshots + start);
    plan.writeUpdates([{ number: 1, live: windows.length }], windows);
    this.#plan = plan;
    return plan;
  }
}
