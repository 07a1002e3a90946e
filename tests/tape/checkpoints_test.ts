import { assert, assertEquals } from "@std/assert";
import { DivertedChain, Supervised } from "../../src/configurations/mod.ts";
import { advances, nextCheckpoint, reach } from "../../src/tape/checkpoints.ts";
import type { Action, Program } from "../../src/tape/program.ts";
import { assignSlots } from "../../src/tape/slots.ts";
import { programFor } from "./parts.ts";

/** The fewest advances that any choice of checkpoints allows. */
const leastAdvances = (() => {
  const known = new Map<string, number>();
  return function least(levels: number, checkpoints: number): number {
    if (levels <= 1) return 0;
    if (checkpoints === 0) return levels * (levels - 1) / 2;
    const key = `${levels} ${checkpoints}`;
    if (!known.has(key)) {
      const choices = Array.from({ length: levels - 1 }, (_, i) => {
        const next = i + 1;
        return next + least(levels - next, checkpoints - 1) + least(next, checkpoints);
      });
      known.set(key, Math.min(...choices));
    }
    return known.get(key)!;
  };
})();

const forwardsOf = ({ actions }: Program, keeps: boolean) =>
  actions.filter((a: Action) => a.kind === "forward" && a.keeps === keeps).length;

Deno.test("advances is the least that any choice of checkpoints allows", () => {
  for (let levels = 1; levels <= 64; levels++) {
    for (let checkpoints = 0; checkpoints <= 8; checkpoints++) {
      assertEquals(advances(levels, checkpoints), leastAdvances(levels, checkpoints));
    }
  }
});

Deno.test("nextCheckpoint leads to the least advances", () => {
  const scheduled = (levels: number, checkpoints: number): number => {
    if (levels <= 1 || checkpoints === 0) return leastAdvances(levels, checkpoints);
    const next = nextCheckpoint(levels, checkpoints);
    assert(next >= 1 && next < levels);
    return next + scheduled(levels - next, checkpoints - 1) + scheduled(next, checkpoints);
  };
  for (let levels = 2; levels <= 64; levels++) {
    for (let checkpoints = 1; checkpoints <= 8; checkpoints++) {
      assertEquals(scheduled(levels, checkpoints), leastAdvances(levels, checkpoints));
    }
  }
});

Deno.test("reach is the binomial of Griewank", () => {
  assertEquals([0, 1, 2, 3].map((times) => reach(1, times)), [1, 3, 6, 10]);
  assertEquals([0, 1, 2, 3].map((times) => reach(2, times)), [1, 4, 10, 20]);
});

Deno.test("the program of R steps with n checkpoints computes as often as the optimum, and keeps n states more", () => {
  for (let R = 1; R <= 64; R++) {
    const configuration = new Supervised({ numRolloutSteps: R });
    for (const checkpoints of [0, 1, 2, 3, 5, 8]) {
      const program = programFor(configuration, { checkpoints });
      assertEquals(forwardsOf(program, true), R);
      assertEquals(forwardsOf(program, false), leastAdvances(R, checkpoints));
      const { sizes } = assignSlots(program, (what) => what);
      assert(
        sizes.get("state")! <= checkpoints + 3,
        `${sizes.get("state")} states for n = ${checkpoints}, R = ${R}`,
      );
      assertEquals(sizes.get("activations"), 1);
    }
  }
});

Deno.test("segments between cuts have checkpoints of their own", () => {
  const options = { numRolloutSteps: 12, cutBptt: true, cutBpttEvery: 4 };
  const program = programFor(new Supervised(options), { checkpoints: 1 });
  assertEquals(forwardsOf(program, true), 12);
  assertEquals(forwardsOf(program, false), 3 * leastAdvances(4, 1));
});

Deno.test("a cut at every step keeps nothing from step to step, whatever R and schedule", () => {
  for (const schedule of ["store", "recompute", { checkpoints: 2 }] as const) {
    for (const numRolloutSteps of [3, 50]) {
      const program = programFor(new Supervised({ numRolloutSteps, cutBptt: true }), schedule);
      const { sizes } = assignSlots(program, (what) => what);
      assertEquals(Object.fromEntries(sizes), { state: 2, activations: 1, cotangent: 1 });
      assertEquals([forwardsOf(program, true), forwardsOf(program, false)], [numRolloutSteps, 0]);
    }
  }
});

Deno.test("with checkpoints the states of a diverted chain do not grow with R", () => {
  const sizesFor = (numRolloutSteps: number) => {
    const configuration = new DivertedChain({ numRolloutSteps, numBranchSteps: 2 });
    return assignSlots(programFor(configuration, { checkpoints: 2 }), (what) => what).sizes.get("state")!;
  };
  assertEquals(sizesFor(60), sizesFor(30));
});
