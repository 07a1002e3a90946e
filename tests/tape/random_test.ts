import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { recordTape } from "../../src/tape/configuration.ts";
import { type Held, makesOf, resourcesOf } from "../../src/tape/liveness.ts";
import type { Action, MemorySchedule } from "../../src/tape/program.ts";
import { programOf } from "../../src/tape/sweep.ts";
import { assignSlots } from "../../src/tape/slots.ts";
import { ALL } from "./parts.ts";
import { interpret } from "../twins/interpreter.ts";
import {
  BENCH,
  configurations,
  DRAWS,
  EagerTape,
  type RandomConfiguration,
  TRAINED,
} from "./random_configuration.ts";

const schedules: fc.Arbitrary<MemorySchedule> = fc.oneof(
  fc.constantFrom("store", "recompute"),
  fc.nat(4).map((checkpoints) => ({ checkpoints })),
);

const programFor = (configuration: RandomConfiguration, gradient: boolean, schedule: MemorySchedule) =>
  programOf(recordTape(configuration, { stepper: TRAINED }), {
    trained: TRAINED,
    gradient,
    schedule,
    dependence: ALL,
  });

Deno.test("programs of random configurations have the loss and gradient of forward mode", () => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      const eager = new EagerTape();
      configuration.record(eager, { stepper: TRAINED });
      const { loss, gradient } = interpret(programFor(configuration, true, "store"), BENCH);
      assertAlmostEquals(loss, eager.total, 1e-12);
      gradient.forEach((g, p) => assertAlmostEquals(g, eager.gradient[p]!, 1e-11));
    }),
    DRAWS,
  );
});

Deno.test("programs of random configurations give the same bits with and without kept activations", () => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      const stored = interpret(programFor(configuration, true, "store"), BENCH);
      const recomputed = interpret(programFor(configuration, true, "recompute"), BENCH);
      assertEquals(recomputed, stored);
      for (const checkpoints of [0, 1, 2, 3, 10]) {
        assertEquals(interpret(programFor(configuration, true, { checkpoints }), BENCH), stored);
      }
      assertEquals(interpret(programFor(configuration, false, "store"), BENCH).terms, stored.terms);
    }),
    DRAWS,
  );
});

Deno.test("programs of random configurations run in their slots", () => {
  fc.assert(
    fc.property(
      configurations,
      fc.boolean(),
      schedules,
      (c, gradient, memory) => {
        const program = programFor(c, gradient, memory);
        const { slotOf, scratchOf } = assignSlots(program, (what) => what);
        assertEquals(interpret(program, { ...BENCH, slotOf, scratchOf }), interpret(program, BENCH));
      },
    ),
    DRAWS,
  );
});

Deno.test("slots of random configurations are as few as resources that live at once", () => {
  fc.assert(
    fc.property(configurations, schedules, (configuration, memory) => {
      const program = programFor(configuration, true, memory);
      const { sizes } = assignSlots(program, (what) => what);
      assertEquals(new Map([...sizes].sort()), new Map([...mostAlive(program.actions)].sort()));
    }),
    DRAWS,
  );
});

Deno.test("a resource of a random program is freed right after the last use before it is made again", () => {
  fc.assert(
    fc.property(
      configurations,
      fc.boolean(),
      schedules,
      (c, gradient, memory) => {
        const { actions } = programFor(c, gradient, memory);
        actions.forEach((action, i) => {
          if (action.kind !== "free") return;
          const isIt = (r: Held) => r.what === action.what && r.state === action.state;
          const lastUse = actions.slice(0, i).findLastIndex((a) => resourcesOf(a).some(isIt));
          assert(lastUse >= 0 && actions.slice(lastUse + 1, i).every((a) => a.kind === "free"));
          const next = actions.slice(i).find((a) => resourcesOf(a).some(isIt));
          assert(next === undefined || makesOf(next).some(isIt));
        });
      },
    ),
    DRAWS,
  );
});

/**
 * The largest number of resources of each kind between their first use and their free; a forward that does not keep its
 * activations has room for them meanwhile.
 */
function mostAlive(actions: readonly Action[]): Map<string, number> {
  const alive = new Set<string>();
  const most = new Map<string, number>();
  for (const action of actions) {
    if (action.kind === "free") {
      assert(alive.delete(`${action.what} ${action.state}`));
      continue;
    }
    const count = (what: string, extra = 0) => {
      const now = [...alive].filter((x) => x.startsWith(`${what} `)).length + extra;
      most.set(what, Math.max(most.get(what) ?? 0, now));
    };
    for (const { what, state } of resourcesOf(action)) {
      alive.add(`${what} ${state}`);
      count(what);
    }
    if (action.kind === "forward" && !action.keeps) count("activations", 1);
  }
  return most;
}
