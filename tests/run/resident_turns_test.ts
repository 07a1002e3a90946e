/**
 * How often the loops of the resident kernel turn: counted by hand for small tables.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { turnsBehind, turnsOfWalk } from "../../src/run/resident_turns.ts";
import type { KindTable, ResidentText } from "../../src/wgsl/resident_table.ts";

const [EXCHANGE, LOAD, FORWARD, LOSS, ADJOINT] = [1, 2, 3, 4, 5];
const BITS = 1 << 9;

/** The kinds of a model whose states are made again, or fetched. */
const kinds = (replays: boolean) =>
  ({
    firstLoad: LOAD,
    firstForward: FORWARD,
    firstReversal: LOSS,
    loopsOfPass: replays ? 1 : 0,
    repeatsOf: ([word, , count]: readonly number[]) =>
      replays && [FORWARD, ADJOINT].includes(word! % BITS) ? count! : 0,
  }) as KindTable;

const STEP = [[LOAD, 0], [FORWARD, 0, 2], [LOSS, 1, 0], [ADJOINT | BITS, 0, 1]];

Deno.test("a page turns the loop of all, that of walks, and one for each entry", () => {
  const [outer, inner] = [1, 1];
  const [forwards, losses, adjoints] = [1, 1, 1];
  assertEquals(turnsOfWalk(STEP, kinds(false), false, 0), outer + inner + forwards + losses + adjoints);
  const exchanges = 1; // finds none
  assertEquals(turnsOfWalk(STEP, kinds(false), true, 0), outer + exchanges + inner + 3);
});

Deno.test("states that are made again turn a loop for each application, and once where there is none", () => {
  const [outer, inner] = [1, 1];
  assertEquals(turnsOfWalk(STEP, kinds(true), false, 0), outer + inner + (2 + 2) + 2 + (2 + 1));
});

Deno.test("loops inside of ops turn in each pass over entries, and in each application", () => {
  const passes = 3 * (1 + 1 + 10);
  const applications = (2 + 1) * (1 + 10);
  assertEquals(turnsOfWalk(STEP, kinds(true), false, 10), 1 + 1 + passes + applications);
});

Deno.test("an exchange leads back to the loop of all, and a load to that of walks", () => {
  const page = [[EXCHANGE, 0], [EXCHANGE, 0], [ADJOINT, 0, 0], [FORWARD, 0, 0], [EXCHANGE, 0], [LOSS, 0, 0]];
  const first = 1 + 2 + (1 + 1 + 1) + (1 + 1 + 1); // no forward, an adjoint; a forward, no reversal
  const second = 1 + 1 + (1 + 1 + 1); // no forward, a loss
  assertEquals(turnsOfWalk(page, kinds(false), true, 0), first + second);
});

Deno.test("behind the table turn the loops over numbers, pages and lanes", () => {
  const leaf = (floats: number) => ({ offset: 0, start: 0, floats, bar: "b" });
  const text = { summed: [leaf(4), leaf(4)], unreached: [leaf(8)] } as unknown as ResidentText;
  const [lanes, pages, terms] = [4, 3, 2];
  const overLanes = lanes + 1;
  const overPages = (pages + 1) * (1 + overLanes);
  const overNumbers = (Math.ceil((8 + terms) / lanes) + 1) * (1 + overPages);
  assertEquals(turnsBehind(text, terms, lanes, pages), overNumbers + (8 / lanes + 1) + 32);
});
