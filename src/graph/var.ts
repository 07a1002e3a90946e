/**
 * Variables of a graph: what ops take and give while a function is traced.
 *
 * @module
 */
import type { NdArray, Shape } from "../ndarray.ts";
import type { Tracer } from "./trace.ts";

/** A tensor of one sample inside a traced function. Carries a shape, no numbers. */
export class Var {
  /** The lengths of its axes, without batch. */
  readonly shape: Shape;
  /** Its number inside the graph. */
  readonly id: number;
  /**
   * The trace that it belongs to.
   *
   * @ignore for ops
   */
  readonly tracer: Tracer;

  /**
   * Made by ops and by tracing, not by hand.
   *
   * @param tracer the trace that it belongs to
   * @param id its number inside the graph
   * @param shape the lengths of its axes, without batch
   */
  constructor(tracer: Tracer, id: number, shape: Shape) {
    this.tracer = tracer;
    this.id = id;
    this.shape = shape;
  }
}

/** Where a variable comes from. */
export type VarSource =
  | { readonly kind: "state"; readonly index: number }
  | { readonly kind: "parameter"; readonly path: string }
  | { readonly kind: "constant"; readonly value: NdArray }
  | { readonly kind: "result" };

/** A variable as the graph keeps it. */
export interface VarInfo {
  /** Its number inside the graph. */
  readonly id: number;
  /** The lengths of its axes, without batch. */
  readonly shape: Shape;
  /** Where it comes from. */
  readonly source: VarSource;
}
