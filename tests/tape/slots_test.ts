import { assert, assertEquals } from "@std/assert";
import {
  DivertedChain,
  DivertedChainBranchOne,
  MixChainPostPhysics,
  Residuum,
  Supervised,
} from "../../src/configurations/mod.ts";
import type { Configuration } from "../../src/tape/configuration.ts";
import type { MemorySchedule, Program } from "../../src/tape/program.ts";
import { assignSlots } from "../../src/tape/slots.ts";
import { programFor } from "./parts.ts";

const sizesOf = (configuration: Configuration, memory?: MemorySchedule) =>
  Object.fromEntries(assignSlots(programFor(configuration, memory), (what) => what).sizes);

Deno.test("recompute keeps every state and the activations of one application", () => {
  for (const R of [1, 2, 7]) {
    assertEquals(sizesOf(new Supervised({ numRolloutSteps: R }), "recompute"), {
      state: R + 1,
      activations: 1,
      cotangent: Math.min(R, 2),
    });
  }
});

Deno.test("store keeps every state and the activations of every application", () => {
  for (const R of [1, 2, 7]) {
    assertEquals(sizesOf(new Supervised({ numRolloutSteps: R }), "store"), {
      state: R + 1,
      activations: R,
      cotangent: Math.min(R, 2),
    });
  }
});

Deno.test("a cut lowers what is kept to what has an adjoint", () => {
  const cut = { numRolloutSteps: 4, cutBptt: true, cutBpttEvery: 4 };
  assertEquals(sizesOf(new MixChainPostPhysics({ ...cut, numPostPhysicsSteps: 3 }), "store"), {
    state: 5, // of the four steps that are reversed together, and where they start
    activations: 4,
    cotangent: 2,
  });
});

Deno.test("evaluation needs as many states for a long rollout as for a short one", () => {
  for (const numRolloutSteps of [3, 8, 50]) {
    const states = (configuration: Configuration) => sizesOf(configuration)["state"];
    assertEquals(states(new Supervised({ numRolloutSteps })), 2);
    assertEquals(states(new MixChainPostPhysics({ numRolloutSteps })), 2);
    assertEquals(states(new DivertedChainBranchOne({ numRolloutSteps })), 3);
    assertEquals(states(new Residuum({ numRolloutSteps })), 3);
    assertEquals(states(new DivertedChain({ numRolloutSteps, numBranchSteps: 2 })), 4);
  }
});

Deno.test("evaluation has no cotangents, and room for the activations of one application", () => {
  assertEquals(sizesOf(new Supervised({ numRolloutSteps: 5 })), { state: 2, activations: 1 });
});

Deno.test("a resource takes the lowest slot that is free", () => {
  const program = programFor(new Supervised({ numRolloutSteps: 4 }));
  const { slotOf } = assignSlots(program, (what) => what);
  const made = program.actions.filter((a) => a.kind === "load" || a.kind === "forward");
  assertEquals(made.map((a) => slotOf(a, "state", a.state)), [0, 1, 0, 1, 0]);
});

Deno.test("a forward that keeps nothing gets a slot that is free, and no other action gets one", () => {
  const options = { numRolloutSteps: 2, numPostPhysicsSteps: 1, cutBptt: true };
  const program = programFor(new MixChainPostPhysics(options), "store");
  const { slotOf, scratchOf } = assignSlots(program, (what) => what);
  const forwards = program.actions.filter((a) => a.kind === "forward");
  assertEquals(forwards.map((a) => a.keeps ? slotOf(a, "activations", a.state) : "scratch"), [
    0,
    0,
    "scratch",
  ]);
  assertEquals(forwards.map(scratchOf), [undefined, undefined, 0] as unknown as number[]);
});

Deno.test("slots of one pool do not mix with those of another", () => {
  const program: Program = {
    ...programFor(new Supervised()),
    actions: [
      { kind: "load", state: 0, time: 0 },
      { kind: "load", state: 1, time: 0 },
      { kind: "load", state: 2, time: 0 },
      { kind: "free", what: "state", state: 1 },
      { kind: "load", state: 3, time: 0 },
      { kind: "free", what: "state", state: 0 },
      { kind: "load", state: 4, time: 0 },
      { kind: "load", state: 5, time: 0 },
    ],
  };
  const { slotOf, sizes } = assignSlots(program, (_, state) => state % 2 === 0 ? "even" : "odd");
  const loads = program.actions.filter((a) => a.kind === "load");
  assertEquals(loads.map((a) => slotOf(a, "state", a.state)), [0, 0, 1, 0, 0, 1]);
  assertEquals([...sizes], [["even", 2], ["odd", 2]]);
});

Deno.test("a pool that is asked for twice by one action gives two slots", () => {
  const program = programFor(new Residuum(), "store");
  const { slotOf } = assignSlots(program, () => "all");
  const last = program.actions.findLast((a) => a.kind === "forward")!;
  const taken = [
    slotOf(last, "state", 2),
    slotOf(last, "activations", 2),
    slotOf(last, "state", 1),
    slotOf(last, "state", 0),
  ];
  assert(new Set(taken).size === taken.length, String(taken));
});
