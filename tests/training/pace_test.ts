/**
 * Pace: how many updates go into a submit.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { Pace, sizeAfter } from "../../src/training/pace.ts";
import { replaced } from "../gpu/spy.ts";

Deno.test("a submit grows until it takes 60 ms, not more than 8 times at once", () => {
  assertEquals(sizeAfter(10, 10, 30), 20);
  assertEquals(sizeAfter(10, 10, 1), 80);
  assertEquals(sizeAfter(10, 10, 0), 80);
  assertEquals(sizeAfter(10, 10, 60), 10);
});

Deno.test("a submit that took longer makes the next one smaller, and one update is the least", () => {
  assertEquals(sizeAfter(10, 10, 120), 5);
  assertEquals(sizeAfter(100, 10, 120), 5);
  assertEquals(sizeAfter(1, 1, 5000), 1);
});

Deno.test("the short rest of a block says nothing against long submits", () => {
  assertEquals(sizeAfter(4096, 200, 12), 4096);
  assertEquals(sizeAfter(4096, 1000, 12), 5000);
});

Deno.test("what the host did between two submits is not counted as theirs", async () => {
  let now = 1000;
  using _ = replaced(performance, "now", () => () => now);
  const pace = new Pace({ settled: () => Promise.resolve() } as Gpu);
  const submitAt = async (made: number, done: number) => {
    pace.submitted(10, made);
    now = done;
    await pace.settled();
  };
  await submitAt(1000, 1060);
  assertEquals(pace.size, 10);
  await submitAt(5000, 5030); // after four seconds of a callback
  assertEquals(pace.size, 20);
  await submitAt(5010, 5040); // made while the one before ran
  assertEquals(pace.size, 60);
  assertEquals(pace.numDone, 30);
});

Deno.test("where a call waits for the device, what the host does between it and its promise is not counted", async () => {
  let now = 0;
  using _ = replaced(performance, "now", () => () => now);
  let idle = 0;
  const settled = () => {
    now = Math.max(now, idle);
    return new Promise<void>((resolve) => setTimeout(resolve, 0)); // a later turn of the event loop
  };
  const pace = new Pace({ settled } as Gpu);
  const sizes: number[] = [];
  for (let block = 0; block < 20; block++) {
    for (let left = 25; left > 0;) {
      await pace.turn();
      assertEquals(pace.numDone, 25 * block + 25 - left);
      const count = Math.min(pace.size, left);
      pace.submitted(count, now);
      idle = Math.max(now, idle) + 10 * count; // 10 ms for an update
      left -= count;
      sizes.push(count);
    }
    pace.wait();
    now += 500; // a source that is slow
  }
  await pace.settled();
  assertEquals([Math.max(...sizes), pace.size, pace.numDone], [6, 6, 500]);
});
