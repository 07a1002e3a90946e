/**
 * Evaluation: a recorded configuration on a batch of windows, for the members of an ensemble.
 *
 * @module
 */
import { DisposedError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Stretch } from "../gpu/pass.ts";
import type { Stepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import type { MemorySchedule } from "../tape/program.ts";
import type { Recording } from "../tape/tape.ts";
import { explainLayout } from "./explain.ts";
import { Layout } from "./layout.ts";
import { type MemoryReport, reportOf, requireFits } from "./memory.ts";
import { type Model, modelOf } from "./model.ts";
import { combineLosses, layoutOfParts, type PartLosses } from "./parts.ts";
import { placeFixedWindows, type Placement, windowLengthOf } from "./placement.ts";
import { Plan } from "./plan.ts";
import { chooseLayout, firstSchedule, LEANER, type MemoryPolicy, showSchedule } from "./policy.ts";
import { chooseRunner, type RunnerChoice, type RunnerOption } from "./runner_choice.ts";
import type { Trajectories } from "./trajectories.ts";
import { listOf, type Window } from "./windows.ts";

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
  /** The first of the windows that lie where the plan reads them; null before any do. */
  #placed: number | null = null;
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

  /** The value for each member. Windows that do not fit at once are evaluated in parts. */
  values(): Promise<ObjectiveValue[]> {
    return this.#inTurn(false, async (plan) => {
      const { windows, members } = this.#options;
      const parts: (readonly PartLosses[])[] = [];
      for (let first = 0; first < windows.length; first += plan.layout.options.batch) {
        parts.push((await this.#evaluate(plan, first, [])).losses);
      }
      return members.map((_, m) => this.#valueOf(parts.map((part) => part[m]!)));
    });
  }

  /** Value and gradient for each member. */
  gradients(): Promise<ObjectiveGradient<P>[]> {
    return this.#inTurn(true, async (plan) => {
      const { members } = this.#options;
      const { parameters } = plan.layout;
      const bytes = 4 * members.length * parameters.length;
      const wanted = bytes > 0 ? [{ memory: plan.buffer("gradient"), bytes }] : [];
      const { losses, further } = await this.#evaluate(plan, 0, wanted);
      const gradient = new Float32Array(further[0] ?? new ArrayBuffer());
      return members.map((member, m) => {
        const flat = gradient.subarray(m * parameters.length);
        return { ...this.#valueOf([losses[m]!]), grad: parameters.unpack(flat, member.parameters) };
      });
    });
  }

  /** The bytes that `gradients` takes on the device, counted ahead. */
  memory(): MemoryReport {
    return reportOf(this.#gradientLayout());
  }

  /** What `gradients` does, in words. */
  explain(): string {
    return explainLayout(this.#options.name, this.#gradientLayout(), this.#runner);
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
      [(schedule, hasSnapshotTexels) => {
        const model = schedule === firstSchedule(memory) ? this.#model : this.#modelOf(true, schedule);
        return this.#layoutOf(model, { hasSnapshotTexels });
      }],
    );
  }

  #layoutOf(
    model: Model,
    { batch = this.#options.windows.length, placement, hasSnapshotTexels = false }: {
      readonly batch?: number;
      readonly placement?: Placement | undefined;
      readonly hasSnapshotTexels?: boolean;
    } = {},
  ): Layout {
    const { members, trajectories, recording } = this.#options;
    const windows = { numWindows: batch, windowLength: windowLengthOf(recording) };
    const options = {
      stepper: members[0]!,
      trajectories,
      placement: placement ?? placeFixedWindows(trajectories, windows),
      batch,
      members: members.length,
      updates: 1,
      runner: this.#runner.runner,
      hasSnapshotTexels,
    };
    return new Layout(model, options, this.#gpu);
  }

  /** One evaluation at a time; a plan with the gradient serves both. */
  #inTurn<T>(gradient: boolean, run: (plan: Plan) => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      this.#requireAlive();
      return await run(await this.#planFor(gradient));
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Throws after disposal, also where it came while a plan was made or data were read. */
  #requireAlive(): void {
    if (!this.#disposed) return;
    this[Symbol.dispose]();
    throw new DisposedError("evaluate", this.#options.className);
  }

  /** The losses of each member on as many windows as the plan holds, and further bytes that are wanted. */
  async #evaluate(
    plan: Plan,
    first: number,
    wanted: readonly Stretch[],
  ): Promise<{ losses: PartLosses[]; further: ArrayBuffer[] }> {
    const { members, recording: { losses: { length } } } = this.#options;
    const { batch } = plan.layout.options;
    const windows = listOf(this.#options.windows.slice(first, first + batch));
    const snapshots = this.#placed === first ? null : await plan.data.read(windows);
    this.#requireAlive();
    if (this.#placed !== first) {
      plan.data.place(windows, snapshots);
      const places = plan.data.positionsOf(windows);
      const table = new Uint32Array(members.length * batch);
      members.forEach((_, m) => table.set(places, m * batch));
      plan.writeUpdates(plan.recordsOf([{ number: 1, live: windows.length }]), table);
      this.#placed = first;
    }
    this.#gpu.submit(this.#options.name, (pass) => plan.encode(pass, 0, 1));
    const history = { memory: plan.buffer("history"), bytes: 4 * members.length * length };
    const [levels, ...further] = await this.#gpu.read([history, ...wanted]);
    const losses = members.map((_, m) => ({
      numWindows: windows.length,
      losses: new Float32Array(levels!, 4 * m * length, length).slice(),
    }));
    return { losses, further };
  }

  #valueOf(parts: readonly PartLosses[]): ObjectiveValue {
    const { losses } = this.#options.recording;
    const timeLevelLosses = combineLosses(losses, parts);
    return { loss: weightedSum(losses, timeLevelLosses), timeLevelLosses };
  }

  async #planFor(gradient: boolean): Promise<Plan> {
    if (this.#plan && (this.#plan.layout === this.#layout || !gradient)) return this.#plan;
    this.#plan?.[Symbol.dispose]();
    this.#plan = null;
    this.#placed = null;
    const { name, members } = this.#options;
    const layout = gradient ? this.#gradientLayout() : this.#valueLayout();
    const leaner = LEANER.map((schedule) => ({
      option: showSchedule(schedule),
      specs: () => this.#layoutOf(this.#modelOf(gradient, schedule)).buffers,
    }));
    requireFits(`evaluate ${name}`, this.#gpu, layout.buffers, gradient ? leaner : []);
    const plan = await Plan.create(this.#gpu, layout);
    plan.writeParameters(members.map(({ parameters }) => parameters));
    this.#plan = plan;
    return plan;
  }

  /** The layout of the value, for as many windows at a time as fit. */
  #valueLayout(): Layout {
    const model = this.#modelOf(false, "store");
    const { windows } = this.#options;
    return layoutOfParts(
      this.#gpu,
      windows.length,
      (batch, placement) => this.#layoutOf(model, { batch, placement }),
    );
  }
}

/** The objective, from its losses, which start at a place of a list. */
export function weightedSum(terms: Recording["losses"], losses: Float32Array, start = 0): number {
  let sum = 0;
  for (let i = 0; i < terms.length; i++) sum += terms[i]!.weight * losses[start + i]!;
  return sum;
}
