/**
 * Identities between configurations, in float64 on the problem of trainax's README.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  Composite,
  DivertedChain,
  DivertedChainBranchOne,
  MixChainPostPhysics,
  Residuum,
  Supervised,
} from "../../src/configurations/mod.ts";
import { mse } from "../../src/losses/mse.ts";
import type { Configuration } from "../../src/tape/configuration.ts";
import type { Bench, Evaluation } from "../twins/interpreter.ts";
import { twoTaps } from "./advection_twins.ts";
import { benchOf, evaluate, N, SOME_WEIGHTS, SOME_WINDOWS } from "./problem.ts";

type Result = Pick<Evaluation, "loss" | "gradient">;

/** Sums of factors times results. */
function sum(...terms: readonly (readonly [factor: number, result: Result])[]): Result {
  const gradient = new Float64Array(2);
  for (const [factor, result] of terms) result.gradient.forEach((g, p) => gradient[p]! += factor * g);
  return { loss: terms.reduce((loss, [factor, result]) => loss + factor * result.loss, 0), gradient };
}

function assertSame(actual: Result, expected: Result): void {
  const close = (a: number, b: number) => assert(Math.abs(a - b) <= 1e-11 * Math.abs(b), `${a} is not ${b}`);
  close(actual.loss, expected.loss);
  actual.gradient.forEach((g, p) => close(g, expected.gradient[p]!));
}

/** That two results differ, so that an identity between them would say nothing. */
function assertDiffer(a: Result, b: Result): void {
  assert(a.gradient.every((g, p) => Math.abs(g - b.gradient[p]!) > 1e-3), `${a.gradient} is ${b.gradient}`);
}

const CUTS = [
  {},
  { cutBptt: true },
  { cutBptt: true, cutBpttEvery: 2 },
  { cutBptt: true, cutBpttEvery: 3 },
  { cutBptt: true, cutBpttEvery: 5 },
];
const WEIGHTS = [1, 0.5, 2, -1, 0.25];
const R = { numRolloutSteps: 5 };

/** The bench on which snapshot 0 is the state after some steps of the stepper, and the data go on from there. */
function afterSteps(numSteps: number): Bench {
  const bench = benchOf(SOME_WINDOWS, SOME_WEIGHTS);
  let state = bench.snapshot(0);
  for (let t = 0; t < numSteps; t++) state = twoTaps(N).forward([state], SOME_WEIGHTS).state;
  return { ...bench, snapshot: (t) => t === 0 ? state : bench.snapshot(numSteps + t) };
}

const frozenPrefix = (configuration: Configuration, numSteps: number): Evaluation =>
  evaluate(configuration, "store", afterSteps(numSteps));

Deno.test("DivertedChain with branches as long as the rollout is Supervised", () => {
  for (const cut of CUTS) {
    const diverted = { ...R, ...cut, numBranchSteps: 5, branchLevelWeights: WEIGHTS };
    assertSame(
      evaluate(new DivertedChain({ ...diverted, timeLevelWeights: [2, 9, 9, 9, 9] })),
      sum([2, evaluate(new Supervised({ ...R, ...cut, timeLevelWeights: WEIGHTS }))]),
    );
  }
});

Deno.test("DivertedChain with branches of one step is DivertedChainBranchOne", () => {
  for (const cut of CUTS) {
    for (const cutDivChain of [false, true]) {
      const options = { ...R, ...cut, cutDivChain, timeLevelWeights: WEIGHTS };
      assertSame(
        evaluate(new DivertedChain({ ...options, numBranchSteps: 1, branchLevelWeights: [3] })),
        sum([3, evaluate(new DivertedChainBranchOne(options))]),
      );
    }
  }
});

Deno.test("Residuum of u' - P(u) is DivertedChainBranchOne", () => {
  for (const cut of CUTS) {
    for (const isCut of [false, true]) {
      const options = { ...R, ...cut, timeLevelWeights: WEIGHTS };
      assertSame(
        evaluate(new Residuum({ ...options, cutPrev: isCut })),
        evaluate(new DivertedChainBranchOne({ ...options, cutDivChain: isCut })),
      );
    }
  }
});

Deno.test("the gradient of Residuum is that through the next state plus that through the previous one", () => {
  for (const cut of CUTS) {
    const whole = evaluate(new Residuum({ ...R, ...cut }));
    const next = evaluate(new Residuum({ ...R, ...cut, cutPrev: true }));
    const previous = evaluate(new Residuum({ ...R, ...cut, cutNext: true }));
    assertSame({ ...sum([1, next], [1, previous]), loss: whole.loss }, whole);
    assertEquals([next.loss, previous.loss], [whole.loss, whole.loss]);
    const neither = evaluate(new Residuum({ ...R, ...cut, cutPrev: true, cutNext: true }));
    assertEquals(neither, { ...whole, gradient: new Float64Array(2) });
  }
  assertDiffer(evaluate(new Residuum(R)), evaluate(new Residuum({ ...R, cutPrev: true })));
});

Deno.test("where every step is cut, the cut of the reference changes nothing", () => {
  const options = { ...R, cutBptt: true };
  assertEquals(
    evaluate(new DivertedChainBranchOne({ ...options, cutDivChain: true })),
    evaluate(new DivertedChainBranchOne(options)),
  );
  assertDiffer(
    evaluate(new DivertedChainBranchOne({ ...R, cutDivChain: true })),
    evaluate(new DivertedChainBranchOne(R)),
  );
  const branches = { ...options, numBranchSteps: 3 };
  assertEquals(
    evaluate(new DivertedChain({ ...branches, cutDivChain: true })),
    evaluate(new DivertedChain(branches)),
  );
});

Deno.test("a cut of Supervised is a frozen prefix: the gradient is the sum of the pieces between cuts", () => {
  for (const cutBpttEvery of [1, 2, 3, 4, 5]) {
    const starts = [0, 1, 2, 3, 4].filter((t) => t % cutBpttEvery === 0);
    const pieces = starts.map((start) => {
      const timeLevelWeights = WEIGHTS.slice(start, start + cutBpttEvery);
      return frozenPrefix(
        new Supervised({ numRolloutSteps: timeLevelWeights.length, timeLevelWeights }),
        start,
      );
    });
    const cut = evaluate(new Supervised({ ...R, timeLevelWeights: WEIGHTS, cutBptt: true, cutBpttEvery }));
    assertSame(cut, sum(...pieces.map((piece) => [1, piece] as const)));
  }
  assertDiffer(evaluate(new Supervised({ ...R, cutBptt: true })), evaluate(new Supervised(R)));
});

Deno.test("a cut of DivertedChainBranchOne and of Residuum is a frozen prefix, too", () => {
  for (const Class of [DivertedChainBranchOne, Residuum]) {
    const pieces = [0, 2, 4].map((start) =>
      frozenPrefix(new Class({ numRolloutSteps: Math.min(2, 5 - start) }), start)
    );
    const cut = evaluate(new Class({ ...R, cutBptt: true, cutBpttEvery: 2 }));
    assertSame(cut, sum(...pieces.map((piece) => [1, piece] as const)));
    assertDiffer(cut, evaluate(new Class(R)));
  }
});

Deno.test("cutBpttEvery is without effect unless cutBptt, and beyond the last step", () => {
  const plain = evaluate(new Supervised(R));
  assertEquals(evaluate(new Supervised({ ...R, cutBpttEvery: 2 })), plain);
  assertEquals(evaluate(new Supervised({ ...R, cutBptt: true, cutBpttEvery: 5 })), plain);
  assertEquals(evaluate(new Supervised({ ...R, cutBptt: true, cutBpttEvery: 6 })), plain);
});

Deno.test("MixChainPostPhysics without physics steps is Supervised", () => {
  for (const cut of CUTS) {
    const options = { ...R, ...cut, timeLevelWeights: WEIGHTS };
    assertEquals(
      evaluate(new MixChainPostPhysics({ ...options, numPostPhysicsSteps: 0 })),
      evaluate(new Supervised(options)),
    );
  }
});

Deno.test("the gradient of MixChainPostPhysics cut before the physics is that of Supervised", () => {
  const cut = { numRolloutSteps: 3, cutBptt: true, cutBpttEvery: 3 };
  const mixed = new MixChainPostPhysics({ ...cut, numPostPhysicsSteps: 2, timeLevelWeights: WEIGHTS });
  const supervised = new Supervised({ ...cut, timeLevelWeights: WEIGHTS.slice(0, 3) });
  assertEquals(evaluate(mixed).gradient, evaluate(supervised).gradient);
  const uncut = new MixChainPostPhysics({
    numRolloutSteps: 3,
    numPostPhysicsSteps: 2,
    timeLevelWeights: WEIGHTS,
  });
  assertDiffer(evaluate(mixed), evaluate(uncut));
});

Deno.test("a Composite is linear in its configurations, also inside another", () => {
  const [a, b, c] = [
    new Supervised({ ...R, cutBptt: true, cutBpttEvery: 2, timeLevelWeights: WEIGHTS }),
    new Residuum({ ...R, cutPrev: true }),
    new DivertedChain({ ...R, numBranchSteps: 2 }),
  ];
  const [la, lb, lc] = [evaluate(a), evaluate(b), evaluate(c)];
  assertSame(evaluate(new Composite([a, b, c], [2, -0.5, 3])), sum([2, la], [-0.5, lb], [3, lc]));
  const inner = new Composite([b, c], [2, 5]);
  assertSame(evaluate(new Composite([inner, a], [0.5, 1])), sum([1, lb], [2.5, lc], [1, la]));
  assertEquals(evaluate(new Composite([a], [1])), la);
});

Deno.test("weights of time levels are linear", () => {
  const oneHot = WEIGHTS.map((w, t) => {
    const timeLevelWeights = WEIGHTS.map((_, s) => s === t ? 1 : 0);
    return [w, evaluate(new Supervised({ ...R, timeLevelWeights }))] as const;
  });
  assertSame(evaluate(new Supervised({ ...R, timeLevelWeights: WEIGHTS })), sum(...oneHot));
});

Deno.test("a batch gives the mean of its windows, and their sum where the loss is reduced so", () => {
  const singles = SOME_WINDOWS.map((window) =>
    evaluate(new Residuum(R), "recompute", benchOf([window], SOME_WEIGHTS))
  );
  const summed = sum(...singles.map((single) => [1, single] as const));
  assertSame(evaluate(new Residuum(R)), sum([1 / SOME_WINDOWS.length, summed]));
  assertSame(evaluate(new Residuum({ ...R, timeLevelLoss: mse({ batchReduction: "sum" }) })), summed);
});
