import { assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { mse } from "../../src/losses/mse.ts";
import { Configuration, type Parts, recordTape } from "../../src/tape/configuration.ts";
import { type Tape, TapeRecorder } from "../../src/tape/tape.ts";
import { DivertedChain, DivertedChainBranchOne } from "../../src/configurations/mod.ts";
import { MixChainPostPhysics, Residuum } from "../../src/configurations/mod.ts";
import { F, P, PARTS, RESIDUUM } from "./parts.ts";
import { throwsExactly } from "../random/throws.ts";

class Recorded extends Configuration {
  readonly name = "Recorded";
  readonly numSnapshots = 3;
  readonly record: (tape: Tape, parts: Parts) => void;

  constructor(record: (tape: Tape, parts: Parts) => void) {
    super();
    this.record = record;
  }
}

Deno.test("a tape gives the same snapshot once, and cotangents do not flow through it", () => {
  const tape = new TapeRecorder(F);
  const u = tape.snapshot(0);
  assertEquals(u, { value: 0, flows: false });
  assertStrictEquals(tape.snapshot(0), u);
  assertEquals(tape.snapshot(2), { value: 1, flows: false });
  assertEquals(tape.values, [{ kind: "snapshot", time: 0 }, { kind: "snapshot", time: 2 }]);
});

Deno.test("a tape records the same application once", () => {
  const tape = new TapeRecorder(F);
  const u = tape.snapshot(0);
  const v = tape.apply(F, u);
  assertStrictEquals(tape.apply(F, u), v);
  assertNotEquals(tape.apply(P, u).value, v.value);
  assertNotEquals(tape.apply(F, v).value, v.value);
  assertStrictEquals(tape.apply(RESIDUUM, v, u), tape.apply(RESIDUUM, v, u));
  assertNotEquals(tape.apply(RESIDUUM, v, u).value, tape.apply(RESIDUUM, u, v).value);
  assertEquals(tape.values.length, 6);
});

Deno.test("an application behind a stop-gradient is another one", () => {
  const tape = new TapeRecorder(F);
  const v = tape.apply(F, tape.snapshot(0));
  const stopped = tape.stopGradient(v);
  assertEquals(stopped, { value: v.value, flows: false });
  assertStrictEquals(tape.stopGradient(stopped), stopped);
  assertNotEquals(tape.apply(P, v).value, tape.apply(P, stopped).value);
  assertNotEquals(tape.apply(F, v).value, tape.apply(F, stopped).value);
});

Deno.test("cotangents flow through the trained function, and through others where an input lets them", () => {
  const tape = new TapeRecorder(F);
  const u = tape.snapshot(0);
  const v = tape.apply(F, u);
  assertEquals(v.flows, true);
  assertEquals(tape.apply(P, u).flows, false);
  assertEquals(tape.apply(P, v).flows, true);
  assertEquals(tape.apply(P, tape.stopGradient(v)).flows, false);
  assertEquals(tape.apply(F, tape.stopGradient(v)).flows, true);
  assertEquals(tape.apply(RESIDUUM, v, u).flows, true);
  assertEquals(tape.apply(RESIDUUM, u, v).flows, true);
  assertEquals(tape.apply(RESIDUUM, u, u).flows, false);
});

Deno.test("a tape keeps losses in order, by default with weight 1 and against zero", () => {
  const tape = new TapeRecorder(F);
  const loss = mse();
  const [u, v] = [tape.snapshot(0), tape.snapshot(1)];
  tape.loss(loss, u, v, -2);
  tape.loss(loss, v);
  assertEquals(tape.losses, [
    { loss, prediction: u, target: v, weight: -2 },
    { loss, prediction: v, target: null, weight: 1 },
  ]);
});

Deno.test("snapshot refuses a time level that is no integer >= 0", () => {
  const tape = new TapeRecorder(F);
  for (const t of [-1, 0.5, NaN]) {
    throwsExactly(
      () => tape.snapshot(t),
      RangeError,
      `Cannot record snapshot as its time level must be an integer >= 0: current t is ${t}`,
    );
  }
});

Deno.test("loss refuses a weight that is not finite", () => {
  const tape = new TapeRecorder(F);
  for (const weight of [NaN, Infinity]) {
    throwsExactly(
      () => tape.loss(mse(), tape.snapshot(0), undefined, weight),
      RangeError,
      `Cannot record loss mse as its weight must be finite: current weight is ${weight}`,
    );
  }
});

Deno.test("recordTape refuses a configuration without losses", () => {
  throwsExactly(
    () => recordTape(new Recorded((tape, { stepper }) => tape.apply(stepper, tape.snapshot(0))), PARTS),
    RangeError,
    "Cannot record Recorded as it must add at least one loss: current number of losses is 0",
  );
});

Deno.test("recordTape refuses a snapshot beyond numSnapshots and takes the last one", () => {
  const reads = (t: number) => new Recorded((tape) => tape.loss(mse(), tape.snapshot(t)));
  assertEquals(recordTape(reads(2), PARTS).values, [{ kind: "snapshot", time: 2 }]);
  throwsExactly(
    () => recordTape(reads(3), PARTS),
    RangeError,
    "Cannot record Recorded as it may read snapshots below numSnapshots=3: current snapshot is 3",
  );
});

Deno.test("recordTape names a part that a configuration cannot do without", () => {
  const missing = (configuration: Configuration, name: string) =>
    throwsExactly(
      () => recordTape(configuration, { stepper: F }),
      TypeError,
      `Cannot record ${configuration.name} as it needs a ${name}: current ${name} is undefined`,
    );
  missing(new DivertedChain(), "refStepper");
  missing(new DivertedChainBranchOne(), "refStepper");
  missing(new MixChainPostPhysics(), "refStepper");
  missing(new Residuum(), "residuum");
});
