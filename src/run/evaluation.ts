/**
 * Evaluation: a recorded configuration on a batch of windows, for the members of an ensemble.
 *
 * @module
 */
import { DisposedError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Stepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import type { MemorySchedule } from "../tape/program.ts";
import type { Recording } from "../tape/tape.ts";
import { explainLayout } from "./explain.ts";
import { Layout } from "./layout.ts";
import { type MemoryReport, reportOf, requireFits, totalOf } from "./memory.ts";
import { type Model, modelOf } from "./model.ts";
import { Plan } from "./plan.ts";
import { chooseLayout, firstSchedule, LEANER, type MemoryPolicy, showSchedule } from "./policy.ts";
import { chooseRunner, type RunnerChoice, type RunnerOption } from "./runner_choice.ts";
import type { Trajectories } from "./trajectories.ts";
import type { Window } from "./windows.ts";

/** What an evaluation is made of. */
export interface EvaluationOptions<P extends Tree<NdArray>> {
  /** The class of the owner, for messages. */
  readonly className: string;
  /** The configuration's name, for messages. */
  readonly name: string;
  /** What it recorded, with the first member as its stepper. */
  readonly recording: Recording;
  /** The members. */
  readonly members: readonly Stepper<P>[];
  /** The data. */
  readonly trajectories: Trajectories;
  /** The windows of the batch, the same for every member. */
  readonly windows: readonly Window[];
  /** What the forward sweep keeps. */
  readonly memory: MemoryPolicy;
  /** What interprets the program. */
  readonly runner: RunnerOption;
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

/** Owns the plan; makes it when it is first needed. */
export class Evaluation<P extends Tree<NdArray>> implements Disposable {
  readonly #gpu: Gpu;
  readonly #options: EvaluationOptions<P>;
  /** The model first asked for: the one of the policy, or the fastest of those that a policy chooses from. */
  readonly #model: Model;
  readonly #runner: RunnerChoice;
  #layout: Layout | null = null;
  #plan: Plan | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /**
   * @param gpu the device
   * @param options recording, members, data
   * @throws {ShapeError} when shapes do not fit
   * @throws {RangeError} when the runner asked for cannot run
   */
  constructor(gpu: Gpu, options: EvaluationOptions<P>) {
    this.#gpu = gpu;
    this.#options = options;
    this.#model = this.#modelOf(true, firstSchedule(options.memory));
    this.#runner = chooseRunner(`evaluate ${options.name}`, options.runner, {
      model: this.#model,
      stepper: options.members[0]!,
      snapshot: options.trajectories.snapshotShape,
      batch: options.windows.length,
    });
  }

  /** The value for each member. */
  values(): Promise<ObjectiveValue[]> {
    return this.#run(false, (_, values) => values);
  }

  /** Value and gradient for each member. */
  gradients(): Promise<ObjectiveGradient<P>[]> {
    return this.#run(true, ({ layout: { parameters } }, values, gradient) =>
      values.map((value, m) => {
        const flat = gradient.subarray(m * parameters.length);
        return { ...value, grad: parameters.unpack(flat, this.#options.members[m]!.parameters) };
      }));
  }

  /** The bytes that `gradients` takes on the device, counted ahead. */
  memory(): MemoryReport {
    const { buffers, model } = this.#gradientLayout();
    return reportOf(buffers, numRecomputed(model));
  }

  /** What `gradients` does, in words. */
  explain(): string {
    return explainLayout(this.#options.name, this.#gradientLayout(), this.#runner, this.memory());
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#plan?.[Symbol.dispose]();
    this.#plan = null;
  }

  #modelOf(gradient: boolean, schedule: MemorySchedule): Model {
    const { recording, trajectories, members } = this.#options;
    const trained = members[0]!;
    return modelOf(recording, trajectories.snapshotShape, { trained, gradient, schedule });
  }

  /** The layout of the gradient, chosen once by the policy. */
  #gradientLayout(): Layout {
    const { name, memory } = this.#options;
    return this.#layout ??= chooseLayout(
      `evaluate ${name}`,
      this.#gpu,
      memory,
      (schedule) =>
        this.#layoutOf(schedule === firstSchedule(memory) ? this.#model : this.#modelOf(true, schedule)),
    );
  }

  #layoutOf(model: Model): Layout {
    const { members, trajectories, windows } = this.#options;
    const stepper = members[0]!;
    const { runner } = this.#runner;
    const sizes = { batch: windows.length, members: members.length, updates: 1 };
    const options = { stepper, trajectories, ...sizes, runner };
    return new Layout(model, options, this.#gpu.alignment);
  }

  /** One evaluation at a time; a plan with the gradient serves both. */
  #run<T>(
    gradient: boolean,
    finish: (plan: Plan, values: ObjectiveValue[], gradient: Float32Array) => T,
  ): Promise<T> {
    const result = this.#queue.then(async () => {
      if (this.#disposed) throw new DisposedError("evaluate", this.#options.className);
      const plan = await this.#planFor(gradient);
      if (this.#disposed) {
        this[Symbol.dispose]();
        throw new DisposedError("evaluate", this.#options.className);
      }
      this.#gpu.submit(this.#options.name, (pass) => plan.encode(pass, 0));
      const { losses } = this.#options.recording;
      const numMembers = this.#options.members.length;
      const wanted = [{ memory: plan.buffer("history"), bytes: 4 * numMembers * losses.length }];
      const numParameters = plan.layout.parameters.length;
      if (gradient && numParameters > 0) {
        wanted.push({ memory: plan.buffer("gradient"), bytes: 4 * numMembers * numParameters });
      }
      const [levels, grads] = await this.#gpu.read(wanted);
      const values = this.#options.members.map((_, m) => {
        const timeLevelLosses = new Float32Array(levels!, 4 * m * losses.length, losses.length).slice();
        return { loss: weightedSum(losses, timeLevelLosses), timeLevelLosses };
      });
      return finish(plan, values, new Float32Array(grads ?? new ArrayBuffer()));
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  async #planFor(gradient: boolean): Promise<Plan> {
    if (this.#plan && (this.#plan.layout === this.#layout || !gradient)) return this.#plan;
    this.#plan?.[Symbol.dispose]();
    this.#plan = null;
    const { name, members, trajectories, windows } = this.#options;
    const layout = gradient ? this.#gradientLayout() : this.#layoutOf(this.#modelOf(false, "store"));
    const leaner = LEANER.map((schedule) => ({
      option: showSchedule(schedule),
      total: () => totalOf(this.#layoutOf(this.#modelOf(gradient, schedule)).buffers),
    }));
    requireFits(`evaluate ${name}`, this.#gpu, layout.buffers, leaner);
    const plan = await Plan.create(this.#gpu, layout);
    plan.writeParameters(members.map(({ parameters }) => parameters));
    const indices = windows.map((window) => trajectories.indexOf(window));
    const table = Uint32Array.from(members.flatMap(() => indices));
    plan.writeUpdates([{ number: 1, live: windows.length }], table);
    this.#plan = plan;
    return plan;
  }
}

/** The objective, from its losses. */
export function weightedSum(terms: Recording["losses"], losses: Float32Array): number {
  return terms.reduce((sum, { weight }, i) => sum + weight * losses[i]!, 0);
}

/** How many applications a model computes beside the first time. */
export function numRecomputed({ program: { actions } }: Model): number {
  const runs = actions.filter((a) => a.kind === "forward" || a.kind === "recompute").map((a) => a.state);
  return runs.length - new Set(runs).size;
}
