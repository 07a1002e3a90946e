/**
 * The model: a program with the graph of each of its functions and losses, and the shape of each state. Host only.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import {
  adjointCalls,
  type Call,
  dependsOn,
  type Graph,
  graphOf,
  graphOfTrace,
  innerReads,
} from "../graph/graph.ts";
import type { BatchReduction, Loss } from "../graph/loss.ts";
import type { StateFunction } from "../graph/stepper.ts";
import { trace } from "../graph/trace.ts";
import { type Shape, showShape } from "../ndarray.ts";
import type { Action, Program } from "../tape/program.ts";
import { programOf, type ProgramOptions } from "../tape/sweep.ts";
import type { Recording } from "../tape/tape.ts";

/** Where the states of a graph lie: in slots, or in the data. */
export type StateKind = "state" | "snapshot";

/** One function or loss of a program, ready to be compiled. */
export interface Unit {
  /** Its graph. */
  readonly graph: Graph;
  /** The calls of the adjoint for all that the program may want of it; empty where it wants nothing. */
  readonly adjoint: readonly Call[];
  /** The inner results that the adjoint reads. */
  readonly kept: ReadonlySet<number>;
  /** Where each of its states lies. */
  readonly stateKinds: readonly StateKind[];
  /** How the batch is reduced, for a loss; null for a function. */
  readonly batchReduction: BatchReduction | null;
}

/** A program with everything that it takes to run it, except a device. */
export interface Model {
  /** The program. */
  readonly program: Program;
  /** The functions, by the `f` of an action. */
  readonly functions: readonly Unit[];
  /** The losses; equal ones are one unit. */
  readonly losses: readonly Unit[];
  /** The loss of each term, as an index into `losses`. */
  readonly lossOfTerm: readonly number[];
  /** The shape of each state, by the number of the tape's value. */
  readonly shapes: readonly Shape[];
}

/** Whether a model computes cotangents of trained parameters. */
export function hasGradient({ functions }: Model): boolean {
  return functions.some(({ graph, adjoint }) => graph.trains.size > 0 && adjoint.length > 0);
}

/** What a model is made for. */
export type ModelOptions = Omit<ProgramOptions, "dependence">;

/**
 * Traces what a recording applies.
 *
 * @param recording the tape
 * @param snapshot the shape of a snapshot, without batch
 * @param options what the program is made for
 * @throws {ShapeError} when shapes do not fit
 * @throws {TypeError} when something on the way of a cotangent has no adjoint
 */
export function modelOf(recording: Recording, snapshot: Shape, options: ModelOptions): Model {
  const { graphs, shapes } = traceFunctions(recording, snapshot, options.trained);
  const losses = traceLosses(recording, shapes);
  const program = programOf(recording, {
    ...options,
    dependence: {
      functionOn: (f, k) => dependsOn(graphs.get(f)!, k),
      termOn: (term, side) => dependsOn(losses[term]!.graph, side),
    },
  });
  const functions = program.functions.map((f, index) => {
    const graph = graphs.get(f)!;
    const states = graph.vars.flatMap((v) => v.source.kind === "state" ? ["state" as const] : []);
    return unit(graph, wantsOf(program.actions, index, f === options.trained, states.length), states, null);
  });
  const kinds = [...new Set(losses)];
  return {
    program,
    functions,
    shapes,
    losses: kinds.map(({ graph, stateKinds, loss }) => {
      const terms = program.actions.filter((a) => a.kind === "loss").filter((a) =>
        losses[a.term]!.graph === graph
      );
      const wants = [terms.some((a) => a.predictionBar !== null), terms.some((a) => a.targetBar !== null)];
      return unit(graph, wants.includes(true) ? wants : null, stateKinds, loss.batchReduction);
    }),
    lossOfTerm: losses.map((kind) => kinds.indexOf(kind)),
  };
}

/** The graph of each function, and the shape of each state. */
function traceFunctions(recording: Recording, snapshot: Shape, trained: StateFunction): {
  graphs: ReadonlyMap<StateFunction, Graph>;
  shapes: Shape[];
} {
  const graphs = new Map<StateFunction, Graph>();
  const shapes: Shape[] = [];
  for (const value of recording.values) {
    if (value.kind === "snapshot") {
      shapes.push(snapshot);
      continue;
    }
    const { f, inputs } = value;
    const given = inputs.map((s) => shapes[s.value]!);
    const graph = graphs.get(f) ?? graphOf(f, given, f === trained);
    graphs.set(f, graph);
    requireStates(graph, given);
    shapes.push(graph.vars[graph.output]!.shape);
  }
  return { graphs, shapes };
}

/** The cotangents that the program ever wants of a function. A trained one is compiled whole, whatever R is. */
function wantsOf(
  actions: readonly Action[],
  f: number,
  isTrained: boolean,
  numStates: number,
): boolean[] | null {
  const adjoints = actions.filter((a) => a.kind === "adjoint").filter((a) => a.f === f);
  if (adjoints.length === 0) return null;
  return Array.from(
    { length: numStates },
    (_, k) => isTrained || adjoints.some((a) => a.inputBars[k] !== null),
  );
}

function unit(
  graph: Graph,
  wants: readonly boolean[] | null,
  stateKinds: readonly StateKind[],
  batchReduction: BatchReduction | null,
): Unit {
  const adjoint = wants === null ? [] : adjointCalls(graph, wants);
  return { graph, adjoint, kept: innerReads(graph, adjoint), stateKinds, batchReduction };
}

/** The most states that a function may take: the lanes of the vectors in an action's record. */
const MAX_STATES = 4;

function requireStates(graph: Graph, given: readonly Shape[]): void {
  if (given.length > MAX_STATES) {
    throw new RangeError(
      `Cannot apply ${graph.name} as a function may take at most ${MAX_STATES} states: current number is ${given.length}`,
    );
  }
  const traced = graph.vars.flatMap((v) => v.source.kind === "state" ? [showShape(v.shape)] : []);
  const now = given.map(showShape);
  if (traced.join() === now.join()) return;
  throw new ShapeError(
    `Cannot apply ${graph.name} as its states must always have the shapes ${traced.join(", ")}: ` +
      `current shapes are ${now.join(", ")}`,
    { op: graph.name, axis: "states", expected: traced.join(", "), actual: now.join(", ") },
  );
}

/** A loss on sides of certain kinds and shapes. */
interface TracedLoss {
  readonly loss: Loss;
  readonly graph: Graph;
  readonly stateKinds: readonly StateKind[];
}

/** The graph of each term's loss; terms with the same loss on sides of the same kinds and shapes share one. */
function traceLosses(recording: Recording, shapes: readonly Shape[]): TracedLoss[] {
  const ids = new Map<Loss, number>();
  const known = new Map<string, TracedLoss>();
  return recording.losses.map(({ loss, prediction, target }) => {
    if (!ids.has(loss)) ids.set(loss, ids.size);
    const sides = [prediction, target].flatMap((s) => s ? [s.value] : []);
    const stateKinds = sides.map((v): StateKind =>
      recording.values[v]!.kind === "snapshot" ? "snapshot" : "state"
    );
    const key = [ids.get(loss), ...stateKinds, ...sides.map((v) => showShape(shapes[v]!))].join(" ");
    const traced = known.get(key) ??
      { loss, stateKinds, graph: traceLoss(loss, sides.map((v) => shapes[v]!)) };
    known.set(key, traced);
    return traced;
  });
}

function traceLoss(loss: Loss, shapes: readonly Shape[]): Graph {
  const traced = trace(loss.name, shapes, (_, [p, r]) => loss.forward(p!, r));
  const result = showShape(traced.vars[traced.output]!.shape);
  if (result !== "[1]") {
    throw new ShapeError(
      `Cannot record loss ${loss.name} as it must return one number for each sample, shape [1]: ` +
        `current shape is ${result}`,
      { op: loss.name, axis: "result", expected: "[1]", actual: result },
    );
  }
  return graphOfTrace(traced, () => false);
}
