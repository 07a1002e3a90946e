/**
 * The numbers of trainax_linear.json: loss, gradient and trained weights of every configuration of trainax on the
 * problem of its README. They were made in float64 by forward-mode duals.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  DivertedChain,
  type DivertedChainOptions,
  MixChainPostPhysics,
  Residuum,
  type ResiduumOptions,
  Supervised,
  type SupervisedOptions,
} from "../../src/configurations/mod.ts";
import { PermutationMixer } from "../../src/data/permutation_mixer.ts";
import { TrajectorySubStacker } from "../../src/data/sub_stacker.ts";
import * as random from "../../src/random/mod.ts";
import type { Configuration } from "../../src/tape/configuration.ts";
import { programFor } from "../tape/parts.ts";
import { type Evaluation, interpret } from "../twins/interpreter.ts";
import { benchOf, DATA, S, T } from "./problem.ts";

interface Entry {
  readonly loss: number;
  readonly grad: readonly number[];
  readonly w1000: readonly number[];
}

const FILE = new URL("../golden/trainax_linear.json", import.meta.url);
const GOLDEN = JSON.parse(Deno.readTextFileSync(FILE));
const entryOf = (name: string) => GOLDEN[name] as Entry;

const NUM_UPDATES = 1000;
const BATCH_SIZE = 32;

const supervised = (options: SupervisedOptions) => new Supervised({ numRolloutSteps: 5, ...options });
const diverted = (numBranchSteps: number, options: DivertedChainOptions = {}) =>
  new DivertedChain({ numRolloutSteps: 5, numBranchSteps, ...options });
const residuum = (options: ResiduumOptions) => new Residuum({ numRolloutSteps: 5, ...options });

const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  sup1: new Supervised(),
  sup5: supervised({}),
  sup5_cut1: supervised({ cutBptt: true }),
  sup5_cut2: supervised({ cutBptt: true, cutBpttEvery: 2 }),
  sup5_last_only: supervised({ timeLevelWeights: [0, 0, 0, 0, 1] }),
  div5_1: diverted(1),
  div5_1_cutdiv: diverted(1, { cutDivChain: true }),
  div5_1_cutbptt: diverted(1, { cutBptt: true }),
  div5_1_both: diverted(1, { cutBptt: true, cutDivChain: true }),
  div5_2: diverted(2),
  div5_2_cut2: diverted(2, { cutBptt: true, cutBpttEvery: 2 }),
  div5_2_cutdiv: diverted(2, { cutDivChain: true }),
  div5_5: diverted(5),
  div5_2_weights: diverted(2, { timeLevelWeights: [1, 2, 3, 4, 5], branchLevelWeights: [1, 0.5] }),
  mix3_2: new MixChainPostPhysics({ numRolloutSteps: 3, numPostPhysicsSteps: 2 }),
  mix3_2_cut1: new MixChainPostPhysics({ numRolloutSteps: 3, numPostPhysicsSteps: 2, cutBptt: true }),
  res5: residuum({}),
  res5_cutprev: residuum({ cutPrev: true }),
  res5_cutnext: residuum({ cutNext: true }),
  res5_cutbptt: residuum({ cutBptt: true }),
};

/** The windows of all batches of a configuration, as rows of `DATA`; trainax's windows have R + 1 snapshots. */
function batchesFor(name: string): { batch(i: number): readonly number[] } {
  const windows = new TrajectorySubStacker({
    numSamples: S,
    trajectoryLen: T,
    subTrajectoryLen: name === "sup1" ? 2 : 6,
  });
  const mixer = new PermutationMixer({
    numTotalSamples: windows.numTotalSamples,
    numMinibatches: NUM_UPDATES,
    batchSize: BATCH_SIZE,
    key: random.key(42, { partitionable: false }),
  });
  return {
    batch: (i) =>
      [...mixer.batch(i)].map((window) => {
        const { sample, start } = windows.window(window);
        return sample * T + start;
      }),
  };
}

/** Adam in float64 with trainax's batches (optax: `adam(1e-2)`). */
function train(name: string): Float64Array {
  const program = programFor(CONFIGURATIONS[name]!, "recompute");
  const batches = batchesFor(name);
  const weights = Float64Array.from(GOLDEN._w0);
  const [first, second] = [new Float64Array(2), new Float64Array(2)];
  for (let i = 0; i < NUM_UPDATES; i++) {
    const { gradient } = interpret(program, benchOf(batches.batch(i), weights));
    gradient.forEach((g, p) => {
      first[p] = 0.9 * first[p]! + 0.1 * g;
      second[p] = 0.999 * second[p]! + 0.001 * g * g;
      const mean = first[p]! / (1 - 0.9 ** (i + 1));
      const scale = Math.sqrt(second[p]! / (1 - 0.999 ** (i + 1))) + 1e-8;
      weights[p]! -= 1e-2 * mean / scale;
    });
  }
  return weights;
}

function assertMeets(name: string, { loss, gradient }: Evaluation): void {
  const entry = entryOf(name);
  const close = (actual: number, expected: number) =>
    assert(
      Math.abs(actual - expected) <= 1e-10 * Math.abs(expected),
      `${name}: ${actual} is not ${expected}`,
    );
  close(loss, entry.loss);
  gradient.forEach((g, p) => close(g, entry.grad[p]!));
}

Deno.test("reference has an entry for every configuration here and no other", () => {
  assertEquals(Object.keys(GOLDEN).filter((name) => !name.startsWith("_")), Object.keys(CONFIGURATIONS));
});

Deno.test("reference pins the data and the first batch", () => {
  (GOLDEN._ic0 as number[]).forEach((u, n) => assertAlmostEquals(DATA[0]![n]!, u, 1e-14));
  const rows = batchesFor("sup1").batch(0).slice(0, 8);
  const windows = rows.map((row) => Math.floor(row / T) * (T - 1) + row % T);
  assertEquals(windows, GOLDEN._first_batch_idx_sup1);
});

for (const [name, configuration] of Object.entries(CONFIGURATIONS)) {
  Deno.test(`${name} has the reference loss and gradient, with the same bits under both memory policies`, () => {
    const bench = benchOf(batchesFor(name).batch(0), Float64Array.from(GOLDEN._w0));
    const stored = interpret(programFor(configuration, "store"), bench);
    const recomputed = interpret(programFor(configuration, "recompute"), bench);
    const evaluated = interpret(programFor(configuration), bench);
    assertMeets(name, stored);
    assertEquals(recomputed, stored);
    assertEquals(evaluated.terms, stored.terms);
    assertEquals(evaluated.gradient, new Float64Array(2));
  });

  Deno.test(`${name} has the reference weights after ${NUM_UPDATES} updates`, () => {
    train(name).forEach((w, p) => assertAlmostEquals(w, entryOf(name).w1000[p]!, 1e-8));
  });
}
