/**
 * Actions: what the device does for each action of a program, and the record that tells it where.
 *
 * @module
 */
import { adjointCalls, type Call, forwardCalls, type Graph, recomputeCalls } from "../graph/graph.ts";
import type { Action, Contribution, Side } from "../tape/program.ts";
import type { Slots } from "../tape/slots.ts";
import type { RecordValues } from "../wgsl/record.ts";
import type { Model, Unit } from "./model.ts";
import { functionName, lossName } from "./resources.ts";

/** The calls of one action, all with the same record. */
export interface ActionCalls {
  /** The unit whose calls they are; null for a load. */
  readonly unit: string | null;
  /** The calls, in order. */
  readonly calls: readonly Call[];
  /** The values of the `Action` record. */
  readonly record: RecordValues;
}

/** The calls of a graph that many actions share. */
interface SharedCalls {
  readonly forward: readonly Call[];
  readonly recompute: readonly Call[];
  /** By the wants, as text. */
  readonly adjoints: Map<string, readonly Call[]>;
}

const shared = new WeakMap<Unit, SharedCalls>();

function sharedCalls(unit: Unit): SharedCalls {
  const known = shared.get(unit) ?? {
    forward: forwardCalls(unit.graph),
    recompute: recomputeCalls(unit.graph, unit.kept),
    adjoints: new Map(),
  };
  shared.set(unit, known);
  return known;
}

function adjointOf(unit: Unit, bars: readonly (Contribution | null)[]): readonly Call[] {
  const wants = bars.map((c) => c !== null);
  const { adjoints } = sharedCalls(unit);
  const calls = adjoints.get(wants.join()) ?? adjointCalls(unit.graph, wants);
  adjoints.set(wants.join(), calls);
  return calls;
}

/**
 * For each cotangent that an action gives, whether it adds. Where one state is given more than once, the call that
 * comes first takes the place of the first contribution, and the others add to it.
 */
function addFlags(graph: Graph, calls: readonly Call[], bars: readonly (Contribution | null)[]): number[] {
  const firstCall = (k: number) =>
    calls.findIndex(({ target }) => {
      const { source } = graph.vars[target]!;
      return source.kind === "state" && source.index === k;
    });
  return bars.map((bar, k) => {
    if (bar === null) return 0;
    const same = bars.flatMap((other, i) => other?.state === bar.state ? [i] : []);
    const first = same.reduce((a, b) => firstCall(b) < firstCall(a) ? b : a);
    return k !== first || bars[same[0]!]!.adds ? 1 : 0;
  });
}

/**
 * What the device does for an action; null where it is nothing.
 *
 * @param model the model
 * @param slots its slots
 * @param action one of its actions
 */
export function callsOf(model: Model, slots: Slots, action: Action): ActionCalls | null {
  const state = (s: number) => slots.slotOf(action, "state", s);
  const bar = (c: Contribution | null) => c ? slots.slotOf(action, "cotangent", c.state) : 0;
  switch (action.kind) {
    case "free":
      return null;
    case "load":
      return { unit: null, calls: [], record: { times: [action.time], output: state(action.state) } };
    case "forward": {
      const activations = action.keeps
        ? slots.slotOf(action, "activations", action.state)
        : slots.scratchOf(action);
      return {
        unit: functionName(action.f),
        calls: sharedCalls(model.functions[action.f]!).forward,
        record: { inputs: action.inputs.map(state), output: state(action.state), activations },
      };
    }
    case "recompute": {
      const activations = slots.slotOf(action, "activations", action.state);
      return {
        unit: functionName(action.f),
        calls: sharedCalls(model.functions[action.f]!).recompute,
        record: { inputs: action.inputs.map(state), activations },
      };
    }
    case "adjoint": {
      const unit = model.functions[action.f]!;
      const calls = adjointOf(unit, action.inputBars);
      return {
        unit: functionName(action.f),
        calls,
        record: {
          inputs: action.inputs.map(state),
          inputBars: action.inputBars.map(bar),
          inputBarsAdd: addFlags(unit.graph, calls, action.inputBars),
          output: state(action.state),
          outputBar: slots.slotOf(action, "cotangent", action.state),
          activations: slots.slotOf(action, "activations", action.state),
          parametersAdd: action.parametersAdd ? 1 : 0,
        },
      };
    }
    case "loss": {
      const loss = model.lossOfTerm[action.term]!;
      const unit = model.losses[loss]!;
      const sides = [action.prediction, action.target].flatMap((side) => side ? [side] : []);
      const bars = [action.predictionBar, action.targetBar];
      const seeds = bars.some((c) => c !== null) ? adjointOf(unit, bars) : [];
      return {
        unit: lossName(loss),
        calls: [...sharedCalls(unit).forward, ...seeds],
        record: {
          inputs: sides.map((side: Side) => side.kind === "state" ? state(side.state) : 0),
          times: sides.map((side: Side) => side.kind === "snapshot" ? side.time : 0),
          inputBars: bars.map(bar),
          inputBarsAdd: addFlags(unit.graph, seeds, bars),
          term: action.term,
          weight: action.weight,
        },
      };
    }
  }
}
