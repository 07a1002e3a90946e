/**
 * Pace: how many updates go into a submit.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sizeAfter } from "../../src/training/pace.ts";

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
