/**
 * Which calls of a unit are launched: some are made along with others, some would only copy.
 *
 * @module
 */
import { besidesOf, type Call, forwardCalls } from "../graph/graph.ts";
import type { Unit } from "./model.ts";
import { isHandedOn } from "./scratch.ts";

/** The calls that a unit's calls make along with their own, and all that are made so, by node and function. */
interface Joined {
  readonly besides: ReadonlyMap<Call, readonly Call[]>;
  readonly made: readonly Call[];
}

const known = new WeakMap<Unit, Joined>();

function joinedOf(unit: Unit): Joined {
  const joined = known.get(unit);
  if (joined) return joined;
  const besides = besidesOf(unit.graph, unit.adjoint);
  const found = { besides, made: [...besides.values()].flat() };
  known.set(unit, found);
  return found;
}

/** The calls that a call makes along with its own. */
export function besidesOfCall(unit: Unit, call: Call): readonly Call[] {
  return joinedOf(unit).besides.get(call) ?? [];
}

/** The calls of a unit that are launched, forward and adjoint. */
export function launchedCalls(unit: Unit): Call[] {
  return [...forwardCalls(unit.graph), ...unit.adjoint].filter((call) => isLaunched(unit, call));
}

/** Whether a call is launched: no other one makes it, and it does not copy a cotangent that stays in its place. */
export function isLaunched(unit: Unit, call: Call): boolean {
  return !isHandedOn(unit, call) &&
    !joinedOf(unit).made.some(({ node, fn }) => node === call.node && fn === call.fn);
}
