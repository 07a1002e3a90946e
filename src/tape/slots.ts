/**
 * Slots: where the states, cotangents and activations of a program lie, reused by liveness.
 *
 * @module
 */
import { type Action, type Program, type Resource, resourcesOf } from "./program.ts";

/** The slots of one program. */
export interface Slots {
  /** The slot of a resource of a value. */
  slotOf(what: Resource, state: number): number;
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
  const slots = new Map<string, number>();
  const scratch = new Map<Action, number>();
  const busy = new Map<string, boolean[]>();
  const key = (what: Resource, state: number) => `${what} ${state}`;
  const freeSlot = (pool: string): [boolean[], number] => {
    const taken = busy.get(pool) ?? [];
    busy.set(pool, taken);
    const free = taken.indexOf(false);
    return [taken, free >= 0 ? free : taken.length];
  };
  for (const action of program.actions) {
    if (action.kind === "free") {
      busy.get(poolOf(action.what, action.state))![slots.get(key(action.what, action.state))!] = false;
      continue;
    }
    for (const { what, state } of resourcesOf(action)) {
      if (slots.has(key(what, state))) continue;
      const [taken, slot] = freeSlot(poolOf(what, state));
      taken[slot] = true;
      slots.set(key(what, state), slot);
    }
    if (action.kind === "forward" && !action.keeps) {
      const [taken, slot] = freeSlot(poolOf("activations", action.state));
      taken[slot] = false;
      scratch.set(action, slot);
    }
  }
  return {
    slotOf: (what, state) => slots.get(key(what, state))!,
    scratchOf: (action) => scratch.get(action)!,
    sizes: new Map([...busy].map(([pool, taken]) => [pool, taken.length])),
  };
}
