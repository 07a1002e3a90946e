/**
 * The interpreter notices programs that are wrong, so that those it runs are right.
 *
 * @module
 */
import { assert, assertThrows } from "@std/assert";
import { DivertedChain, Residuum } from "../../src/configurations/mod.ts";
import type { Action, Contribution, Program } from "../../src/tape/program.ts";
import { benchOf, SOME_WEIGHTS, SOME_WINDOWS } from "../configurations/problem.ts";
import { interpret } from "../twins/interpreter.ts";
import { programFor } from "./parts.ts";

const BENCH = benchOf(SOME_WINDOWS.slice(0, 2), SOME_WEIGHTS);
const PROGRAMS = [
  programFor(new Residuum({ numRolloutSteps: 2 }), "store"),
  programFor(new DivertedChain({ numRolloutSteps: 3, numBranchSteps: 2 }), "recompute"),
];

/** Each program with one action replaced. */
function* changed(change: (action: Action) => readonly Action[]): Generator<[Program, Program]> {
  for (const program of PROGRAMS) {
    for (const [i, action] of program.actions.entries()) {
      for (const other of change(action)) {
        yield [program, { ...program, actions: program.actions.with(i, other) }];
      }
    }
  }
}

const NOTHING: Action = { kind: "loss", term: -1 } as unknown as Action;

Deno.test("a program that lacks an action cannot run, or has another loss or gradient", () => {
  let count = 0;
  for (const [program, other] of changed(() => [NOTHING])) {
    count++;
    const shorter = { ...other, actions: other.actions.filter((action) => action !== NOTHING) };
    const whole = interpret(program, BENCH);
    let result;
    try {
      result = interpret(shorter, BENCH);
    } catch (error) {
      assert(error instanceof Error && error.message.startsWith("Cannot "));
      continue;
    }
    assert(result.loss !== whole.loss || result.gradient.some((g, p) => g !== whole.gradient[p]));
  }
  assert(count > 50);
});

Deno.test("a contribution that adds to nothing or sets again cannot run", () => {
  const flip = (c: Contribution | null) => c && { ...c, adds: !c.adds };
  const flips = (action: Action): Action[] => {
    if (action.kind === "loss") {
      return [
        ...(action.predictionBar ? [{ ...action, predictionBar: flip(action.predictionBar) }] : []),
        ...(action.targetBar ? [{ ...action, targetBar: flip(action.targetBar) }] : []),
      ];
    }
    if (action.kind !== "adjoint") return [];
    const { inputBars, parametersAdd } = action;
    return [
      ...inputBars.flatMap((c, i) => c ? [{ ...action, inputBars: inputBars.with(i, flip(c)) }] : []),
      ...(parametersAdd === null ? [] : [{ ...action, parametersAdd: !parametersAdd }]),
    ];
  };
  for (const [, other] of changed(flips)) assertThrows(() => interpret(other, BENCH), Error, "Cannot ");
});

Deno.test("resources that share a slot while both live cannot run", () => {
  for (const program of PROGRAMS) {
    assertThrows(() => interpret(program, { ...BENCH, slotOf: () => 0 }), Error, "as it must be free");
    assertThrows(
      () => interpret(program, { ...BENCH, slotOf: (_action, _what, state) => Math.max(1, state) }),
      Error,
      "as it must be free",
    );
  }
});
