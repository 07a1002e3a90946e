/**
 * The sweep: a tape becomes a program, under a schedule of what is kept.
 *
 * @module
 */
import type { StateFunction } from "../graph/stepper.ts";
import { nextCheckpoint } from "./checkpoints.ts";
import { type Dependence, Flow, sidesOf } from "./flow.ts";
import { withFrees } from "./liveness.ts";
import type { Action, Contribution, MemorySchedule, Program, Side } from "./program.ts";
import { type Segment, type Timeline, timelineOf } from "./segments.ts";
import type { Recording, State } from "./tape.ts";

/** How a tape becomes a program. */
export interface ProgramOptions {
  /** The function whose parameters are trained. */
  readonly trained: StateFunction;
  /** Whether the reverse sweep is wanted. */
  readonly gradient: boolean;
  /** What the forward sweep keeps. */
  readonly schedule: MemorySchedule;
  /** What results depend on. */
  readonly dependence: Dependence;
}

/**
 * Makes the program of a tape.
 *
 * Values are computed by their depth. A segment is reversed as soon as its last value is there, level by level: the
 * losses of a level in reverse order of recording, then the adjoints of its values. The first contribution to a
 * cotangent sets it, the others add. This order does not depend on the schedule, nor do the bits.
 *
 * @param recording the tape
 * @param options what is trained, whether the gradient is wanted, what is kept
 */
export function programOf(recording: Recording, options: ProgramOptions): Program {
  return new Sweep(recording, options).program();
}

/** What is there of a level when its turn to be reversed comes. */
type Presence = "activations" | "states" | "nothing";

class Sweep {
  readonly #recording: Recording;
  readonly #options: ProgramOptions;
  readonly #flow: Flow;
  readonly #timeline: Timeline;
  /** Values that applications read. */
  readonly #inputs: ReadonlySet<number>;
  /** The terms that read a value. */
  readonly #termsReading = new Map<number, number[]>();
  readonly #functions: StateFunction[] = [];
  readonly #actions: Action[] = [];
  /** Cotangents that have had their first contribution. */
  readonly #set = new Set<number>();
  #parametersSet = false;

  constructor(recording: Recording, options: ProgramOptions) {
    this.#recording = recording;
    this.#options = options;
    this.#flow = new Flow(recording, options.trained, options.gradient, options.dependence);
    this.#timeline = timelineOf(recording, this.#flow);
    this.#inputs = new Set(this.#timeline.order.flatMap((v) => this.#inputsOf(v)));
    recording.losses.forEach((_, term) => {
      for (const v of this.#sides(term)) {
        this.#termsReading.set(v, [...this.#termsReading.get(v) ?? [], term]);
      }
    });
  }

  program(): Program {
    const { order, endingAt, plainTermsAt } = this.#timeline;
    for (const v of order) {
      const value = this.#recording.values[v]!;
      if (value.kind === "application") this.#compute(v);
      else if (this.#inputs.has(v)) this.#actions.push({ kind: "load", state: v, time: value.time });
      for (const term of plainTermsAt.get(v) ?? []) this.#loss(term);
      for (const segment of endingAt.get(v) ?? []) this.#reverse(segment);
    }
    return {
      functions: this.#functions,
      trained: this.#functions.indexOf(this.#options.trained),
      losses: this.#recording.losses.map((term) => term.loss),
      actions: withFrees(this.#actions),
    };
  }

  /** The first computation of a value. */
  #compute(v: number): void {
    const { schedule } = this.#options;
    const place = this.#timeline.placeOf.get(v);
    if (place === undefined) return this.#forward(v, false);
    const isLast = place.level === place.segment.levels.length - 1;
    if (schedule === "store" || isLast) return this.#forward(v, this.#flow.barred.has(v));
    const { terms } = place.segment.levels[place.level]!;
    const isReadLater = this.#inputs.has(v) ||
      this.#termsReading.get(v)?.some((term) => !terms.includes(term));
    if (schedule === "recompute" || isReadLater) this.#forward(v, false);
  }

  #reverse(segment: Segment): void {
    const { schedule } = this.#options;
    const last = segment.levels.length - 1;
    if (typeof schedule === "object") return this.#reverseFrom(segment, -1, last, schedule.checkpoints, true);
    for (let level = last; level >= 0; level--) {
      this.#finish(segment, level, schedule === "store" || level === last ? "activations" : "states");
    }
  }

  /**
   * Reverses the levels behind one whose states are there.
   *
   * @param segment the segment
   * @param start the level whose states are there; -1 for what the segment starts from
   * @param end the last level to reverse
   * @param checkpoints how many levels' states can be kept beside
   * @param isFirst whether the levels have just been computed for the first time, the last with its activations
   */
  #reverseFrom(segment: Segment, start: number, end: number, checkpoints: number, isFirst: boolean): void {
    if (end - start > 1 && checkpoints > 0) {
      const next = start + nextCheckpoint(end - start, checkpoints);
      if (!isFirst) this.#advance(segment, start, next, end);
      this.#reverseFrom(segment, next, end, checkpoints - 1, isFirst);
      this.#reverseFrom(segment, start, next, checkpoints, false);
      return;
    }
    for (let level = end; level > start; level--) {
      const isThere = isFirst && level === end;
      if (!isThere) this.#advance(segment, start, level - 1, level);
      this.#finish(segment, level, isThere ? "activations" : "nothing");
    }
  }

  /** Computes again, behind level `start`, what levels from `to` to `end` read of levels up to `to`. */
  #advance(segment: Segment, start: number, to: number, end: number): void {
    const { levels } = segment;
    const wanted = new Set<number>();
    for (const { values, terms } of levels.slice(to + 1, end + 1)) {
      values.forEach((v) => this.#inputsOf(v).forEach((input) => wanted.add(input)));
      terms.forEach((term) => this.#sides(term).forEach((side) => wanted.add(side)));
    }
    const between = levels.slice(start + 1, to + 1).flatMap(({ values }) => values);
    for (const v of between.toReversed()) {
      if (wanted.has(v)) this.#inputsOf(v).forEach((input) => wanted.add(input));
    }
    for (const v of between) if (wanted.has(v)) this.#forward(v, false);
  }

  /** Losses and adjoints of a level. */
  #finish(segment: Segment, level: number, presence: Presence): void {
    const { values, terms } = segment.levels[level]!;
    const { barred } = this.#flow;
    if (presence === "nothing") { for (const v of values) this.#forward(v, barred.has(v)); }
    for (const term of terms.toReversed()) this.#loss(term);
    for (const v of values.toReversed()) {
      if (!barred.has(v)) continue;
      if (presence === "states") this.#actions.push({ kind: "recompute", ...this.#application(v) });
      this.#adjoint(v);
    }
  }

  #application(v: number): { f: number; inputs: readonly number[]; state: number } {
    const value = this.#recording.values[v]!;
    if (value.kind !== "application") throw new Error(`value ${v} is no application`);
    const known = this.#functions.indexOf(value.f);
    const f = known >= 0 ? known : this.#functions.push(value.f) - 1;
    return { f, inputs: value.inputs.map((s) => s.value), state: v };
  }

  #forward(v: number, keeps: boolean): void {
    this.#actions.push({ kind: "forward", ...this.#application(v), keeps });
  }

  #adjoint(v: number): void {
    const application = this.#application(v);
    const trains = this.#functions[application.f] === this.#options.trained;
    this.#actions.push({
      kind: "adjoint",
      ...application,
      inputBars: application.inputs.map((s, k) => this.#flow.inputFlows(v, k) ? this.#contribution(s) : null),
      parametersAdd: trains ? this.#parametersSet : null,
    });
    this.#parametersSet ||= trains;
  }

  #loss(term: number): void {
    const { prediction, target, weight } = this.#recording.losses[term]!;
    const bar = (state: State, i: number) =>
      this.#flow.sideFlows(term, i) ? this.#contribution(state.value) : null;
    this.#actions.push({
      kind: "loss",
      term,
      prediction: this.#side(prediction),
      target: target && this.#side(target),
      weight,
      predictionBar: bar(prediction, 0),
      targetBar: target && bar(target, 1),
    });
  }

  #contribution(state: number): Contribution {
    const adds = this.#set.has(state);
    this.#set.add(state);
    return { state, adds };
  }

  #side(state: State): Side {
    const value = this.#recording.values[state.value]!;
    return value.kind === "snapshot"
      ? { kind: "snapshot", time: value.time }
      : { kind: "state", state: state.value };
  }

  #sides(term: number): number[] {
    return sidesOf(this.#recording, term).map((s) => s.value);
  }

  #inputsOf(v: number): number[] {
    const value = this.#recording.values[v]!;
    return value.kind === "snapshot" ? [] : value.inputs.map((s) => s.value);
  }
}
