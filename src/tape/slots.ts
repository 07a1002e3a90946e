/**
 * Slots: where the states, cotangents and activations of a program lie, reused by liveness.
 *
 * @module
 */
import { keyOf, resourcesOf } from "./liveness.ts";
import type { Action, Program, Resource } from "./program.ts";

/** The slots of one program. */
export interface Slots {
  /** The slot of a resource at an action that reads, writes or frees it. */
  slotOf(action: Action, what: Resource, state: number): number;
  /** The slot for the activations of a `forward` that does not keep them. */
  scratchOf(action: Action): number;
  /** How many slots each pool needs, by its name. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Gives each resource a slot of its pool for as long as it lives: the lowest that is free.
 *
 * @param program the program, with its `free` actions
 * @param poolOf the pool of a resource; resources of one pool are equally large
 */
export function assignSlots(program: Program, poolOf: (what: Resource, state: number) => string): Slots {
  const slots = new Map<Action, ReadonlyMap<string, number>>();
  const scratch = new Map<Action, number>();
  const busy = new Map<string, boolean[]>();
  const now = new Map<string, number>();
  const freeSlot = (pool: string): [boolean[], number] => {
    const taken = busy.get(pool) ?? [];
    busy.set(pool, taken);
    const free = taken.indexOf(false);
    return [taken, free >= 0 ? free : taken.length];
  };
  for (const action of program.actions) {
    if (action.kind === "free") {
      const slot = now.get(keyOf(action))!;
      slots.set(action, new Map([[keyOf(action), slot]]));
      busy.get(poolOf(action.what, action.state))![slot] = false;
      now.delete(keyOf(action));
      continue;
    }
    const held = resourcesOf(action);
    for (const { what, state } of held) {
      if (now.has(keyOf({ what, state }))) continue;
      const [taken, slot] = freeSlot(poolOf(what, state));
      taken[slot] = true;
      now.set(keyOf({ what, state }), slot);
    }
    slots.set(action, new Map(held.map((h) => [keyOf(h), now.get(keyOf(h))!])));
    if (action.kind === "forward" && !action.keeps) {
      const [taken, slot] = freeSlot(poolOf("activations", action.state));
      taken[slot] = false;
      scratch.set(action, slot);
    }
  }
  return {
    slotOf: (action, what, state) => slots.get(action)!.get(keyOf({ what, state }))!,
    scratchOf: (action) => scratch.get(action)!,
    sizes: new Map([...busy].map(([pool, taken]) => [pool, taken.length])),
  };
}
