import { assertEquals } from "@std/assert";
import {
  Composite,
  DivertedChain,
  DivertedChainBranchOne,
  MixChainPostPhysics,
  Residuum,
  Supervised,
} from "../../src/configurations/mod.ts";
import { mse } from "../../src/losses/mse.ts";
import { Configuration, type Parts } from "../../src/tape/configuration.ts";
import { printProgram } from "../../src/tape/print.ts";
import { resourcesOf } from "../../src/tape/liveness.ts";
import type { Action, MemorySchedule, Program } from "../../src/tape/program.ts";
import type { Tape } from "../../src/tape/tape.ts";
import { F, P, programFor, RESIDUUM } from "./parts.ts";

class Recorded extends Configuration {
  readonly name = "Recorded";
  readonly numSnapshots = 9;
  readonly record: (tape: Tape, parts: Parts) => void;

  constructor(record: (tape: Tape, parts: Parts) => void) {
    super();
    this.record = record;
  }
}

const l = mse();

/** A program's lines, without its frees. */
function linesOf(record: (tape: Tape, parts: Parts) => void, memory?: MemorySchedule): string[] {
  const lines = printProgram(programFor(new Recorded(record), memory)).split("\n");
  return lines.filter((line) => !line.startsWith("free")).map((line) => line.replace(/\s+/g, " "));
}

const numOf = ({ actions, functions }: Program, kind: "forward" | "adjoint", f: unknown) =>
  actions.filter((a) => a.kind === kind && functions[a.f] === f).length;

Deno.test("a configuration of one's own becomes a program: the loss after the last step only", () => {
  const lastStep = (tape: Tape, { stepper }: Parts) => {
    let prediction = tape.snapshot(0);
    for (let t = 0; t < 2; t++) prediction = tape.apply(stepper, prediction);
    tape.loss(l, prediction, tape.snapshot(2));
  };
  assertEquals(linesOf(lastStep, "recompute"), [
    "load s0 = snapshot[0]",
    "forward s1 = f(s0)",
    "forward s2 = f(s1), keep a2",
    "loss l0 = 1 mse(s2, snapshot[2]) -> s2~",
    "adjoint s2~ through f(s1) -> w~, s1~",
    "recompute a1 of f(s0)",
    "adjoint s1~ through f(s0) -> +w~",
  ]);
});

Deno.test("an application that no loss depends on is in no program, nor is what only it reads", () => {
  const dead = (tape: Tape, { stepper, refStepper }: Parts) => {
    const u = tape.snapshot(0);
    tape.apply(refStepper!, tape.snapshot(5));
    const v = tape.apply(stepper, u);
    tape.loss(l, v, tape.snapshot(1));
    tape.apply(stepper, tape.apply(stepper, v));
  };
  assertEquals(linesOf(dead), [
    "load s0 = snapshot[0]",
    "forward s3 = f(s0)",
    "loss l0 = 1 mse(s3, snapshot[1])",
  ]);
  assertEquals(programFor(new Recorded(dead), "store").functions, [F]);
});

Deno.test("a snapshot that only losses read is not loaded", () => {
  const identity = (tape: Tape) => tape.loss(l, tape.snapshot(1), tape.snapshot(3));
  assertEquals(linesOf(identity, "store"), ["loss l0 = 1 mse(snapshot[1], snapshot[3])"]);
});

Deno.test("a program without the trained function says so, and has no adjoint", () => {
  const untrained = new Recorded((tape, { refStepper }) =>
    tape.loss(l, tape.apply(refStepper!, tape.snapshot(0)))
  );
  const program = programFor(untrained, "store");
  assertEquals(program.trained, -1);
  assertEquals(program.functions, [P]);
  assertEquals(numOf(program, "adjoint", P), 0);
  assertEquals(programFor(new DivertedChainBranchOne(), "store").trained, 1);
});

Deno.test("a loss of a state against itself contributes twice", () => {
  const itself = (tape: Tape, { stepper }: Parts) => {
    const v = tape.apply(stepper, tape.snapshot(0));
    tape.loss(l, v, v);
  };
  assertEquals(linesOf(itself, "store").slice(1), [
    "forward s1 = f(s0), keep a1",
    "loss l0 = 1 mse(s1, s1) -> s1~, +s1~",
    "adjoint s1~ through f(s0) -> w~",
  ]);
});

Deno.test("losses on one state contribute in reverse order, the first of them sets", () => {
  const several = (tape: Tape, { stepper }: Parts) => {
    const v = tape.apply(stepper, tape.snapshot(0));
    tape.loss(l, v, tape.snapshot(1), 3);
    tape.loss(l, tape.snapshot(2), v, 4);
    tape.loss(l, tape.stopGradient(v), undefined, 5);
    tape.loss(l, v, undefined, 6);
  };
  assertEquals(linesOf(several, "store").slice(2), [
    "loss l2 = 5 mse(s1)",
    "loss l3 = 6 mse(s1) -> s1~",
    "loss l1 = 4 mse(snapshot[2], s1) -> +s1~",
    "loss l0 = 3 mse(s1, snapshot[1]) -> +s1~",
    "adjoint s1~ through f(s0) -> w~",
  ]);
  assertEquals(linesOf(several).slice(2), [
    "loss l0 = 3 mse(s1, snapshot[1])",
    "loss l1 = 4 mse(snapshot[2], s1)",
    "loss l2 = 5 mse(s1)",
    "loss l3 = 6 mse(s1)",
  ]);
});

Deno.test("a state given twice to a function gets two contributions", () => {
  const twice = (tape: Tape, { stepper, residuum }: Parts) => {
    const v = tape.apply(stepper, tape.snapshot(0));
    tape.loss(l, tape.apply(residuum!, v, v));
  };
  assertEquals(linesOf(twice, "store").slice(3), [
    "loss l0 = 1 mse(s2) -> s2~",
    "adjoint s2~ through r(s1, s1) -> s1~, +s1~",
    "adjoint s1~ through f(s0) -> w~",
  ]);
});

Deno.test("nothing past a stop-gradient has an adjoint, nor keeps or recomputes activations", () => {
  const stopped = (tape: Tape, { stepper, refStepper }: Parts) => {
    const v = tape.apply(refStepper!, tape.apply(stepper, tape.snapshot(0)));
    tape.loss(l, tape.apply(stepper, tape.stopGradient(v)));
  };
  assertEquals(linesOf(stopped, "store"), [
    "load s0 = snapshot[0]",
    "forward s1 = f(s0)",
    "forward s2 = P(s1)",
    "forward s3 = f(s2), keep a3",
    "loss l0 = 1 mse(s3) -> s3~",
    "adjoint s3~ through f(s2) -> w~",
  ]);
  assertEquals(linesOf(stopped, "recompute").slice(3), [
    "forward s3 = f(s2), keep a3",
    "loss l0 = 1 mse(s3) -> s3~",
    "adjoint s3~ through f(s2) -> w~",
  ]);
});

Deno.test("a function without a name is printed by its number", () => {
  const anonymous = [(u: never) => u][0]!;
  assertEquals(
    linesOf((tape) => tape.loss(l, tape.apply(anonymous as never, tape.snapshot(0)))),
    ["load s0 = snapshot[0]", "forward s1 = f0(s0)", "loss l0 = 1 mse(s1)"],
  );
});

Deno.test("branches of DivertedChain share the main chain, and its last step is no extra one", () => {
  for (const [R, B] of [[5, 1], [5, 2], [5, 5], [1, 1]] as const) {
    const options = { numRolloutSteps: R, numBranchSteps: B };
    const program = programFor(new DivertedChain(options), "store");
    assertEquals(numOf(program, "forward", F), R);
    assertEquals(numOf(program, "forward", P), (R - B + 1) * B);
    assertEquals(program.losses.length, (R - B + 1) * B);
    assertEquals(numOf(program, "adjoint", F), R);
    assertEquals(numOf(program, "adjoint", P), (R - B) * B); // the first reference starts at the data
    const cut = programFor(new DivertedChain({ ...options, cutBptt: true, cutBpttEvery: 2 }), "store");
    assertEquals(numOf(cut, "forward", F), R);
  }
});

Deno.test("the reference behind cutDivChain has no adjoint", () => {
  const options = { numRolloutSteps: 4, cutDivChain: true };
  for (
    const configuration of [
      new DivertedChain({ ...options, numBranchSteps: 2 }),
      new DivertedChainBranchOne(options),
    ]
  ) {
    const program = programFor(configuration, "recompute");
    assertEquals(numOf(program, "adjoint", P), 0);
    assertEquals(numOf(program, "adjoint", F), 4);
  }
});

Deno.test("physics steps carry cotangents to the stepper, and none when its last step is cut", () => {
  const options = { numRolloutSteps: 2, numPostPhysicsSteps: 3 };
  assertEquals(numOf(programFor(new MixChainPostPhysics(options), "store"), "adjoint", P), 3);
  const cut = new MixChainPostPhysics({ ...options, cutBptt: true, cutBpttEvery: 2 });
  assertEquals(numOf(programFor(cut, "store"), "adjoint", P), 0);
  const elsewhere = new MixChainPostPhysics({ ...options, cutBptt: true, cutBpttEvery: 3 });
  assertEquals(numOf(programFor(elsewhere, "store"), "adjoint", P), 3);
});

Deno.test("configurations of a Composite share the applications they have in common", () => {
  const three = { numRolloutSteps: 3 };
  const program = programFor(
    new Composite([new Supervised(three), new Residuum(three), new Supervised({ numRolloutSteps: 5 })], [
      1,
      2,
      3,
    ]),
    "store",
  );
  assertEquals(numOf(program, "forward", F), 5);
  assertEquals(numOf(program, "forward", RESIDUUM), 3);
  assertEquals(numOf(program, "adjoint", F), 5);
  assertEquals(program.actions.flatMap((a) => a.kind === "loss" ? [a.weight] : []).sort(), [
    ...[1, 1, 1],
    ...[2, 2, 2],
    ...[3, 3, 3, 3, 3],
  ]);
});

Deno.test("a Composite weighs the losses of any configuration, also those that name no weight", () => {
  const unnamed = new Recorded((tape) => tape.loss(l, tape.snapshot(1)));
  const named = new Recorded((tape) => tape.loss(l, tape.snapshot(2), undefined, 5));
  const program = programFor(new Composite([unnamed, named], [3, 4]));
  assertEquals(program.actions.map((a) => a.kind === "loss" && a.weight), [3, 20]);
});

Deno.test("resourcesOf names what an action reads and writes, in the order in which slots are taken", () => {
  const names = (action: Action) =>
    resourcesOf(action).map(({ what, state }) => `${what} ${state}`).join(", ");
  const { actions } = programFor(new Residuum({ numRolloutSteps: 2 }), "store");
  assertEquals(actions.filter((a) => a.kind !== "free").map((a) => `${a.kind}: ${names(a)}`), [
    "load: state 0",
    "forward: state 0, state 1, activations 1",
    "forward: state 1, state 0, state 2, activations 2",
    "forward: state 1, state 3, activations 3",
    "forward: state 3, state 1, state 4, activations 4",
    "loss: state 4, cotangent 4",
    "adjoint: state 3, state 1, state 4, activations 4, cotangent 4, cotangent 3, cotangent 1",
    "loss: state 2, cotangent 2",
    "adjoint: state 1, state 3, activations 3, cotangent 3, cotangent 1",
    "adjoint: state 1, state 0, state 2, activations 2, cotangent 2, cotangent 1",
    "adjoint: state 0, state 1, activations 1, cotangent 1",
  ]);
  assertEquals(
    names({ kind: "recompute", f: 0, inputs: [4, 2], state: 7 }),
    "state 4, state 2, activations 7",
  );
  assertEquals(names({ kind: "free", what: "state", state: 7 }), "");
});
