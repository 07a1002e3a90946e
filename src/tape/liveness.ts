/**
 * Liveness: what an action reads and writes, and where it is no longer needed.
 *
 * @module
 */
import type { Action, Contribution, Resource } from "./program.ts";

/** A resource of a value of the tape. */
export interface Held {
  /** What is held. */
  readonly what: Resource;
  /** The value that it belongs to. */
  readonly state: number;
}

const stateOf = (state: number): Held => ({ what: "state", state });
const activationsOf = (state: number): Held => ({ what: "activations", state });
const cotangentOf = (state: number): Held => ({ what: "cotangent", state });

const contributions = (action: Action): Contribution[] => {
  const all = action.kind === "loss"
    ? [action.predictionBar, action.targetBar]
    : action.kind === "adjoint"
    ? action.inputBars
    : [];
  return all.filter((c) => c !== null);
};

/** What an action reads. */
function readsOf(action: Action): Held[] {
  switch (action.kind) {
    case "load":
    case "free":
      return [];
    case "forward":
    case "recompute":
      return action.inputs.map(stateOf);
    case "loss":
      return [action.prediction, action.target].flatMap((s) => s?.kind === "state" ? [stateOf(s.state)] : []);
    case "adjoint":
      return [
        ...action.inputs.map(stateOf),
        stateOf(action.state),
        activationsOf(action.state),
        cotangentOf(action.state),
      ];
  }
}

/** What an action makes that was not there before. */
export function makesOf(action: Action): Held[] {
  switch (action.kind) {
    case "load":
      return [stateOf(action.state)];
    case "forward":
      return action.keeps ? [stateOf(action.state), activationsOf(action.state)] : [stateOf(action.state)];
    case "recompute":
      return [activationsOf(action.state)];
    case "loss":
    case "adjoint":
      return contributions(action).filter((c) => !c.adds).map((c) => cotangentOf(c.state));
    case "free":
      return [];
  }
}

/** What an action reads, makes or adds to. */
export function resourcesOf(action: Action): Held[] {
  const added = contributions(action).filter((c) => c.adds).map((c) => cotangentOf(c.state));
  return [...readsOf(action), ...makesOf(action), ...added];
}

/** A resource as the key of a map. */
export function keyOf({ what, state }: Held): string {
  return `${what} ${state}`;
}

/**
 * The same actions, each followed by the resources that nothing reads after it until they are made again.
 *
 * @param actions actions without frees
 */
export function withFrees(actions: readonly Action[]): Action[] {
  const wanted = new Set<string>();
  const frees = actions.toReversed().map((action) => {
    const held = new Map(resourcesOf(action).map((h) => [keyOf(h), h]));
    const ended = [...held].filter(([key]) => !wanted.has(key)).map(([, h]) => h);
    for (const key of held.keys()) wanted.add(key);
    for (const made of makesOf(action)) wanted.delete(keyOf(made));
    return ended.map((h): Action => ({ kind: "free", ...h }));
  }).reverse();
  return actions.flatMap((action, i) => [action, ...frees[i]!]);
}
