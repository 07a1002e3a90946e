/**
 * The model: a program with the graph of each of its functions and losses, and the shape of each state. Host only.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { adjointCalls, type Call, type Graph, graphOf, graphOfTrace, innerReads } from "../graph/graph.ts";
import type { BatchReduction, Loss } from "../graph/loss.ts";
import type { StateFunction } from "../graph/stepper.ts";
import { trace } from "../graph/trace.ts";
import { type Shape, showShape, sizeOf } from "../ndarray.ts";
import { type Action, type Program, programOf, type ProgramOptions, type Side } from "../tape/program.ts";
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

/**
 * Traces what a recording applies.
 *
 * @param recording the tape
 * @param snapshot the shape of a snapshot, without batch
 * @param options what the program is made for
 * @throws {ShapeError} when shapes do not fit
 * @throws {TypeError} when something on the way of a cotangent has no adjoint
 */
export function modelOf(recording: Recording, snapshot: Shape, options: ProgramOptions): Model {
  const program = programOf(recording, options);
  const graphs = new Map<StateFunction, Graph>();
  const shapes: Shape[] = [];
  for (const value of recording.values) {
    if (value.kind === "snapshot") {
      shapes.push(snapshot);
      continue;
    }
    const { f, inputs } = value;
    const given = inputs.map((s) => shapes[s.value]!);
    const graph = graphs.get(f) ?? graphOf(f, given, f === options.trained);
    graphs.set(f, graph);
    requireStates(graph, given);
    shapes.push(graph.vars[graph.output]!.shape);
  }
  const functions = program.functions.map((f, index) => {
    const graph = graphs.get(f)!;
    const wants = wantsOf(program.actions, index, f === options.trained, graph);
    return unit(graph, wants, graph.vars.flatMap((v) => v.source.kind === "state" ? ["state"] : []), null);
  });
  return { program, functions, shapes, ...lossUnits(program, recording, shapes) };
}

/** The cotangents that the program ever wants of a function. A trained one is compiled whole, whatever R is. */
function wantsOf(actions: readonly Action[], f: number, isTrained: boolean, graph: Graph): boolean[] | null {
  const adjoints = actions.filter((a) => a.kind === "adjoint").filter((a) => a.f === f);
  if (adjoints.length === 0) return null;
  const states = graph.vars.flatMap((v) => v.source.kind === "state" ? [v.source.index] : []);
  return states.map((k) => isTrained || adjoints.some((a) => a.inputBars[k] !== null));
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

/** The losses of a program; terms with the same loss on sides of the same kind and shape share a unit. */
function lossUnits(
  program: Program,
  recording: Recording,
  shapes: readonly Shape[],
): Pick<Model, "losses" | "lossOfTerm"> {
  const actions = program.actions.filter((a) => a.kind === "loss").toSorted((a, b) => a.term - b.term);
  const groups = new Map<string, typeof actions>();
  const ids = new Map<Loss, number>();
  const keys = actions.map((action) => {
    const loss = program.losses[action.term]!;
    if (!ids.has(loss)) ids.set(loss, ids.size);
    const { prediction, target } = recording.losses[action.term]!;
    const sides = [prediction, target].map((s) => s ? showShape(shapes[s.value]!) : "none");
    const key = [ids.get(loss), kindOf(action.prediction), action.target && kindOf(action.target), ...sides]
      .join(" ");
    groups.set(key, [...(groups.get(key) ?? []), action]);
    return key;
  });
  const losses = [...groups.values()].map((group) => {
    const [first] = group;
    const loss = program.losses[first!.term]!;
    const { prediction, target } = recording.losses[first!.term]!;
    const states = [prediction, target].flatMap((s) => s ? [shapes[s.value]!] : []);
    const traced = trace(loss.name, states, (_, [p, r]) => loss.forward(p!, r));
    const result = traced.vars[traced.output]!.shape;
    if (sizeOf(result) !== 1) {
      throw new ShapeError(
        `Cannot record loss ${loss.name} as it must return one number for each sample: current shape is ${
          showShape(result)
        }`,
        { op: loss.name, axis: "result", expected: "[1]", actual: showShape(result) },
      );
    }
    const wants = [group.some((a) => a.predictionBar !== null), group.some((a) => a.targetBar !== null)];
    const kinds = [first!.prediction, first!.target].flatMap((side) => side ? [kindOf(side)] : []);
    const graph = graphOfTrace(traced, () => false);
    return unit(graph, wants.includes(true) ? wants : null, kinds, loss.batchReduction);
  });
  const order = [...groups.keys()];
  return { losses, lossOfTerm: keys.map((key) => order.indexOf(key)) };
}

function kindOf(side: Side): StateKind {
  return side.kind;
}
