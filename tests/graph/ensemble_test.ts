import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError } from "../../src/errors.ts";
import { stack } from "../../src/graph/ensemble.ts";
import { key } from "../../src/random/mod.ts";
import { conv } from "../../src/steppers/mod.ts";

const member = (kernelSize: number) =>
  conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize, key: key(0) });

Deno.test("stack keeps the members, in order", () => {
  const members = [member(2), member(2), member(2)];
  assertEquals(stack(members).members.map((m, i) => m === members[i]), [true, true, true]);
});

Deno.test("stack refuses no members, and members of another architecture, all at once", () => {
  const message = (sizes: readonly number[]) =>
    assertThrows(() => stack(sizes.map(member)), OptionsError).message;
  assertEquals(
    message([]),
    "Cannot stack steppers as members.length must be >= 1: current members.length is 0",
  );
  const faults = message([2, 3, 2, 4]);
  assertEquals([faults.includes("members.1"), faults.includes("members.2"), faults.includes("members.3")], [
    true,
    false,
    true,
  ]);
});
