/**
 * The entries of trainax_linear.json: loss, gradient and trained weights of every configuration of trainax on the
 * problem of its README. They were made in float64 by forward-mode duals.
 *
 * @module
 */
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
import { S, T } from "./problem.ts";

/** What a configuration must meet. */
export interface Entry {
  readonly loss: number;
  readonly grad: readonly number[];
  readonly w1000: readonly number[];
}

const FILE = new URL("../golden/trainax_linear.json", import.meta.url);

/** The file: an entry for each configuration, and what pins the set-up under names that start with `_`. */
export const GOLDEN: Readonly<Record<string, Entry>> & {
  readonly _w0: readonly number[];
  readonly _first_batch_idx_sup1: readonly number[];
  readonly _ic0: readonly number[];
} = JSON.parse(Deno.readTextFileSync(FILE));

/** How many updates the weights were trained for. */
export const NUM_UPDATES = 1000;
const BATCH_SIZE = 32;

const supervised = (options: SupervisedOptions) => new Supervised({ numRolloutSteps: 5, ...options });
const diverted = (numBranchSteps: number, options: DivertedChainOptions = {}) =>
  new DivertedChain({ numRolloutSteps: 5, numBranchSteps, ...options });
const residuum = (options: ResiduumOptions) => new Residuum({ numRolloutSteps: 5, ...options });

/** The configurations by the names of the entries. */
export const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
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
export function batchesFor(name: string): { batch(i: number): readonly number[] } {
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
