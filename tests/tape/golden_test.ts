/**
 * Programs as they are printed. The texts in tests/golden/programs were read line by line against the loops of
 * trainax's configurations; a change of one is a change of what is computed, or of its order.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  Composite,
  DivertedChain,
  DivertedChainBranchOne,
  MixChainPostPhysics,
  Residuum,
  Supervised,
} from "../../src/configurations/mod.ts";
import type { Configuration } from "../../src/tape/configuration.ts";
import { printProgram } from "../../src/tape/print.ts";
import type { MemorySchedule } from "../../src/tape/program.ts";
import { programFor } from "./parts.ts";

type Golden = readonly [title: string, configuration: Configuration, memory?: MemorySchedule];

const [two, three] = [{ numRolloutSteps: 2 }, { numRolloutSteps: 3 }];
const cut = { cutBptt: true };

const GOLDENS: Readonly<Record<string, readonly Golden[]>> = {
  supervised: [
    ["two steps, recompute", new Supervised(two), "recompute"],
    ["two steps, store", new Supervised(two), "store"],
    ["two steps, evaluate only", new Supervised(two)],
    ["two steps, cut after each", new Supervised({ ...two, ...cut }), "recompute"],
    ["three steps with weights, cut after every second", supervisedCut2(), "store"],
  ],
  diverted_chain: [
    ["three steps, branches of two", new DivertedChain({ ...three, numBranchSteps: 2 }), "recompute"],
    ["three steps, branches of two, evaluate only", new DivertedChain({ ...three, numBranchSteps: 2 })],
    ["three steps with weights, branches of two, all cut", divertedCut(), "store"],
    ["two steps, branches of one", new DivertedChain(two), "store"],
  ],
  diverted_chain_branch_one: [
    ["two steps", new DivertedChainBranchOne(two), "store"],
    ["two steps, reference cut", new DivertedChainBranchOne({ ...two, cutDivChain: true }), "store"],
    ["two steps, cut after each", new DivertedChainBranchOne({ ...two, ...cut }), "recompute"],
  ],
  mix_chain_post_physics: [
    ["two steps and two of physics", mix(), "store"],
    ["two steps and two of physics, cut after each", mix(true), "recompute"],
  ],
  residuum: [
    ["two steps", new Residuum(two), "store"],
    ["two steps, previous cut", new Residuum({ ...two, cutPrev: true }), "recompute"],
    ["two steps, next cut", new Residuum({ ...two, cutNext: true }), "recompute"],
    ["two steps, cut after each", new Residuum({ ...two, ...cut }), "store"],
  ],
  composite: [
    ["supervised and residuum share the chain", supervisedAndResiduum(), "store"],
    ["supervised and residuum share the chain, evaluate only", supervisedAndResiduum()],
  ],
};

function supervisedCut2(): Supervised {
  return new Supervised({ ...three, ...cut, cutBpttEvery: 2, timeLevelWeights: [1, 0.5, 0.25] });
}

function divertedCut(): DivertedChain {
  return new DivertedChain({
    ...three,
    ...cut,
    numBranchSteps: 2,
    cutDivChain: true,
    timeLevelWeights: [2, 3, 4],
    branchLevelWeights: [1, 0.5],
  });
}

function mix(cutBptt = false): MixChainPostPhysics {
  return new MixChainPostPhysics({
    ...two,
    cutBptt,
    numPostPhysicsSteps: 2,
    timeLevelWeights: [1, 2, 3, 4],
  });
}

function supervisedAndResiduum(): Composite {
  return new Composite([new Supervised(two), new Residuum({ ...two, timeLevelWeights: [3, 4] })], [2, 0.5]);
}

function textOf(goldens: readonly Golden[]): string {
  return goldens.map(([title, configuration, memory]) =>
    `# ${title}\n${printProgram(programFor(configuration, memory))}\n`
  ).join("\n");
}

for (const [name, goldens] of Object.entries(GOLDENS)) {
  Deno.test(`programs of ${name} are those that were reviewed`, () => {
    const file = new URL(`../golden/programs/${name}.txt`, import.meta.url);
    assertEquals(textOf(goldens), Deno.readTextFileSync(file));
  });
}
