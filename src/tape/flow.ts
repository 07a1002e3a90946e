/**
 * Flow: which values a program computes, and which of them get a cotangent.
 *
 * @module
 */
import type { StateFunction } from "../graph/stepper.ts";
import type { Recording, State } from "./tape.ts";

/** What of a function's or loss's arguments its result depends on. */
export interface Dependence {
  /** Whether the result of a function depends on its state k. */
  functionOn(f: StateFunction, k: number): boolean;
  /** Whether a term of the objective depends on its prediction (0) or target (1). */
  termOn(term: number, side: number): boolean;
}

/** Both sides of a term, the prediction first. */
export function sidesOf(recording: Recording, term: number): State[] {
  const { prediction, target } = recording.losses[term]!;
  return target === null ? [prediction] : [prediction, target];
}

/** Which values are used, and where cotangents flow. */
export class Flow {
  /** Values that the losses depend on, in the order of the tape. */
  readonly used: readonly number[];
  /** Values that get a cotangent. */
  readonly barred: ReadonlySet<number>;
  readonly #recording: Recording;
  readonly #dependence: Dependence;
  readonly #gradient: boolean;
  /** Values that depend on trained parameters, or hang together with them through functions that pass cotangents. */
  readonly #active = new Set<number>();

  /**
   * @param recording the tape
   * @param trained the function whose parameters are trained
   * @param gradient whether there are cotangents at all
   * @param dependence what depends on what
   */
  constructor(recording: Recording, trained: StateFunction, gradient: boolean, dependence: Dependence) {
    this.#recording = recording;
    this.#dependence = dependence;
    this.#gradient = gradient;
    const { values, losses } = recording;
    values.forEach((value, v) => {
      if (value.kind === "snapshot") return;
      const passes = value.inputs.some((s, k) => this.#passes(s) && dependence.functionOn(value.f, k));
      if (value.f === trained || passes) this.#active.add(v);
    });
    const used = new Set<number>();
    const barred = new Set<number>();
    losses.forEach((_, term) =>
      sidesOf(recording, term).forEach((side, i) => {
        used.add(side.value);
        if (this.sideFlows(term, i)) barred.add(side.value);
      })
    );
    for (let v = values.length - 1; v >= 0; v--) {
      const value = values[v]!;
      if (value.kind === "snapshot") continue;
      value.inputs.forEach((input, k) => {
        if (used.has(v)) used.add(input.value);
        if (barred.has(v) && this.inputFlows(v, k)) barred.add(input.value);
      });
    }
    this.used = [...used].sort((a, b) => a - b);
    this.barred = barred;
  }

  /** Whether the cotangent of application v flows into its input k. */
  inputFlows(v: number, k: number): boolean {
    const value = this.#recording.values[v]!;
    return this.#gradient && value.kind === "application" && this.#passes(value.inputs[k]!) &&
      this.#dependence.functionOn(value.f, k);
  }

  /** Whether a term gives a cotangent to its prediction (0) or target (1). */
  sideFlows(term: number, side: number): boolean {
    return this.#gradient && this.#passes(sidesOf(this.#recording, term)[side]!) &&
      this.#dependence.termOn(term, side);
  }

  #passes(state: State): boolean {
    return state.flows && this.#active.has(state.value);
  }
}
