/**
 * Where a second state is kept: the cheapest way of all that there are.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Splits } from "../../src/run/resident_splits.ts";

/**
 * The least cost of having the states from `highest` applications behind the start down to `lowest`, by trying every
 * course: the second register holds the state `midway`, 0 where it holds none.
 */
function leastCost(setting: number, lowest: number, highest: number, midway = 0): number {
  if (highest < lowest) return 0;
  const from = midway <= highest ? midway : 0;
  let least = highest - from + leastCost(setting, lowest, highest - 1, from);
  for (let next = from + 1; next <= highest; next++) {
    const cost = setting + highest - from + leastCost(setting, lowest, highest - 1, next);
    least = Math.min(least, cost);
  }
  return least;
}

for (const setting of [0, 1, 2.7, 8, Infinity]) {
  Deno.test(`no course is cheaper than the split one where setting a state costs ${setting}`, () => {
    const splits = new Splits(setting);
    for (let highest = 0; highest < 9; highest++) {
      for (let lowest = 0; lowest <= highest; lowest++) {
        const { cost } = splits.way(lowest, highest);
        assert(
          Math.abs(cost - leastCost(setting, lowest, highest)) < 1e-9,
          `${lowest} to ${highest}: ${cost}`,
        );
      }
    }
  });
}

Deno.test("what a way costs is what it takes, one register after another", () => {
  const splits = new Splits(2);
  const follow = (lowest: number, highest: number): number => {
    if (highest < lowest) return 0;
    const { first } = splits.way(lowest, highest);
    if (first === 0) return highest + follow(lowest, highest - 1);
    let cost = 2 + first;
    for (let state = first; state <= highest; state++) cost += state - first;
    return cost + follow(lowest, first - 1);
  };
  for (const [lowest, highest] of [[0, 3], [0, 19], [5, 19], [19, 19], [0, 60]] as const) {
    assertEquals(follow(lowest, highest), splits.way(lowest, highest).cost);
  }
});

Deno.test("two registers make 20 states again with less than half of the applications of one", () => {
  assertEquals(new Splits(Infinity).way(0, 19), { cost: 190, first: 0 });
  // Griewank and Walther: 3 n - beta(2 + 1 + ...) is the least without a price, here by trying.
  assert(new Splits(0).way(0, 19).cost < 70);
});
