import { assertEquals, assertThrows } from "@std/assert";
import {
  Composite,
  DivertedChain,
  DivertedChainBranchOne,
  type DivertedChainOptions,
  MixChainPostPhysics,
  Residuum,
  type ResiduumOptions,
  Supervised,
  type SupervisedOptions,
} from "../../src/configurations/mod.ts";
import { OptionsError } from "../../src/errors.ts";
import { mse } from "../../src/losses/mse.ts";

/** Creates with options that types would not let pass, and gives the whole message. */
function messageOf(create: (options: never) => unknown, options: Record<string, unknown>): string {
  return assertThrows(() => create(options as never), OptionsError).message;
}

const supervised = (options: SupervisedOptions) => new Supervised(options);
const diverted = (options: DivertedChainOptions) => new DivertedChain(options);
const residuum = (options: ResiduumOptions) => new Residuum(options);

const KNOWN = "numRolloutSteps, timeLevelLoss, cutBptt, cutBpttEvery, timeLevelWeights";

Deno.test("options have the defaults of trainax", () => {
  const chain = { numRolloutSteps: 1, cutBptt: false, cutBpttEvery: 1, timeLevelWeights: [1] };
  const plain = (x: object) => {
    const { timeLevelLoss, ...rest } = x as Supervised;
    assertEquals([timeLevelLoss.name, timeLevelLoss.batchReduction], ["mse", "mean"]);
    return rest as object;
  };
  assertEquals(plain(new Supervised()), { ...chain, name: "Supervised", numSnapshots: 2 });
  assertEquals(plain(new DivertedChain()), {
    ...chain,
    name: "DivertedChain",
    numSnapshots: 1,
    numBranchSteps: 1,
    cutDivChain: false,
    branchLevelWeights: [1],
  });
  assertEquals(plain(new DivertedChainBranchOne()), {
    ...chain,
    name: "DivertedChainBranchOne",
    numSnapshots: 1,
    cutDivChain: false,
  });
  assertEquals(plain(new MixChainPostPhysics()), {
    ...chain,
    name: "MixChainPostPhysics",
    timeLevelWeights: [1, 1],
    numSnapshots: 3,
    numPostPhysicsSteps: 1,
  });
  assertEquals(plain(new Residuum()), {
    ...chain,
    name: "Residuum",
    numSnapshots: 1,
    cutPrev: false,
    cutNext: false,
  });
});

Deno.test("options are kept as given", () => {
  const loss = mse({ batchReduction: "sum" });
  const chain = {
    numRolloutSteps: 3,
    timeLevelLoss: loss,
    cutBptt: true,
    cutBpttEvery: 2,
    timeLevelWeights: [3, 0, -1],
  };
  const holds = (configuration: object, options: object) =>
    assertEquals(
      Object.fromEntries(Object.keys(options).map((k) => [k, configuration[k as never]])),
      options,
    );
  holds(new Supervised(chain), { ...chain, numSnapshots: 4 });
  const branches = { ...chain, numBranchSteps: 3, cutDivChain: true, branchLevelWeights: [1, 2, 3] };
  holds(new DivertedChain(branches), { ...branches, numSnapshots: 1 });
  holds(new DivertedChainBranchOne({ ...chain, cutDivChain: true }), { ...chain, cutDivChain: true });
  const physics = { ...chain, numPostPhysicsSteps: 2, timeLevelWeights: [1, 2, 3, 4, 5] };
  holds(new MixChainPostPhysics(physics), { ...physics, numSnapshots: 6 });
  const none = { ...chain, numPostPhysicsSteps: 0 };
  holds(new MixChainPostPhysics(none), { ...none, numSnapshots: 4 });
  holds(new Residuum({ ...chain, cutPrev: true }), { ...chain, cutPrev: true, cutNext: false });
  holds(new Residuum({ ...chain, cutNext: true }), { ...chain, cutPrev: false, cutNext: true });
  holds(new DivertedChain({ numRolloutSteps: 4, numBranchSteps: 2 }), { branchLevelWeights: [1, 1] });
});

Deno.test("numRolloutSteps must be an integer >= 1", () => {
  for (const value of [0, -1, 0.5, Infinity]) {
    assertEquals(
      messageOf(supervised, { numRolloutSteps: value }),
      `Cannot create Supervised as numRolloutSteps must be an integer >= 1: current numRolloutSteps is ${value}`,
    );
  }
  assertEquals(
    messageOf(residuum, { numRolloutSteps: "3" }),
    'Cannot create Residuum as numRolloutSteps must be an integer >= 1: current numRolloutSteps is "3"',
  );
});

Deno.test("cutBptt must be a flag and cutBpttEvery an integer >= 1", () => {
  assertEquals(
    messageOf(supervised, { cutBpttEvery: 0 }),
    "Cannot create Supervised as cutBpttEvery must be an integer >= 1: current cutBpttEvery is 0",
  );
  assertEquals(
    messageOf(supervised, { cutBptt: 1 }),
    "Cannot create Supervised as cutBptt must be true or false: current cutBptt is 1",
  );
});

Deno.test("timeLevelWeights must be as many finite numbers as there are time levels", () => {
  assertEquals(
    messageOf(supervised, { numRolloutSteps: 3, timeLevelWeights: [1, 2] }),
    "Cannot create Supervised as timeLevelWeights.length must be 3: current timeLevelWeights.length is 2",
  );
  assertEquals(
    messageOf(supervised, { timeLevelWeights: [] }),
    "Cannot create Supervised as timeLevelWeights.length must be 1: current timeLevelWeights.length is 0",
  );
  assertEquals(
    messageOf((o) => new MixChainPostPhysics(o), { numRolloutSteps: 3, timeLevelWeights: [1, 2, 3] }),
    "Cannot create MixChainPostPhysics as timeLevelWeights.length must be 4: current timeLevelWeights.length is 3",
  );
  assertEquals(
    messageOf(supervised, { numRolloutSteps: 3, timeLevelWeights: [1, NaN, Infinity] }),
    "Cannot create Supervised as 2 options do not hold:\n" +
      "- timeLevelWeights.1 must be a finite number: current timeLevelWeights.1 is NaN\n" +
      "- timeLevelWeights.2 must be a finite number: current timeLevelWeights.2 is Infinity",
  );
  assertEquals(
    messageOf(supervised, { timeLevelWeights: 2 }),
    "Cannot create Supervised as timeLevelWeights must be a list of finite numbers: current timeLevelWeights is 2",
  );
});

Deno.test("timeLevelLoss must be a loss", () => {
  for (
    const [value, shown] of [[null, "null"], ["mse", '"mse"'], [mse, "a function mse"], [
      {},
      "an object (Object)",
    ]]
  ) {
    assertEquals(
      messageOf(supervised, { timeLevelLoss: value }),
      `Cannot create Supervised as timeLevelLoss must be a loss: current timeLevelLoss is ${shown}`,
    );
  }
});

Deno.test("an unknown option is named with those that are known", () => {
  assertEquals(
    messageOf(supervised, { rolloutSteps: 5 }),
    `Cannot create Supervised as rolloutSteps must be left out, since it is unknown (options are ${KNOWN}): ` +
      "current rolloutSteps is 5",
  );
  assertEquals(
    messageOf(residuum, { cutDivChain: true }),
    "Cannot create Residuum as cutDivChain must be left out, since it is unknown " +
      `(options are ${KNOWN}, cutPrev, cutNext): current cutDivChain is true`,
  );
});

Deno.test("options of DivertedChain are checked", () => {
  assertEquals(
    messageOf(diverted, { numRolloutSteps: 3, numBranchSteps: 4 }),
    "Cannot create DivertedChain as numBranchSteps must be <= numRolloutSteps=3: current numBranchSteps is 4",
  );
  assertEquals(
    messageOf(diverted, { numBranchSteps: 2 }),
    "Cannot create DivertedChain as numBranchSteps must be <= numRolloutSteps=1: current numBranchSteps is 2",
  );
  assertEquals(
    messageOf(diverted, { numRolloutSteps: 0, numBranchSteps: 1 }),
    "Cannot create DivertedChain as numRolloutSteps must be an integer >= 1: current numRolloutSteps is 0",
  );
  assertEquals(
    messageOf(diverted, { numBranchSteps: 0 }),
    "Cannot create DivertedChain as numBranchSteps must be an integer >= 1: current numBranchSteps is 0",
  );
  assertEquals(
    messageOf(diverted, { numRolloutSteps: 3, numBranchSteps: 2, branchLevelWeights: [1, 2, 3] }),
    "Cannot create DivertedChain as branchLevelWeights.length must be 2: current branchLevelWeights.length is 3",
  );
  assertEquals(
    messageOf(diverted, { cutDivChain: "yes", branchLevelWeights: [NaN] }),
    "Cannot create DivertedChain as 2 options do not hold:\n" +
      '- cutDivChain must be true or false: current cutDivChain is "yes"\n' +
      "- branchLevelWeights.0 must be a finite number: current branchLevelWeights.0 is NaN",
  );
});

Deno.test("options of the other configurations are checked", () => {
  assertEquals(
    messageOf((o) => new DivertedChainBranchOne(o), { cutDivChain: 0 }),
    "Cannot create DivertedChainBranchOne as cutDivChain must be true or false: current cutDivChain is 0",
  );
  for (const value of [-1, 0.5]) {
    assertEquals(
      messageOf((o) => new MixChainPostPhysics(o), { numPostPhysicsSteps: value }),
      "Cannot create MixChainPostPhysics as numPostPhysicsSteps must be an integer >= 0: " +
        `current numPostPhysicsSteps is ${value}`,
    );
  }
  assertEquals(
    messageOf(residuum, { cutPrev: 1, cutNext: null }),
    "Cannot create Residuum as 2 options do not hold:\n" +
      "- cutPrev must be true or false: current cutPrev is 1\n" +
      "- cutNext must be true or false: current cutNext is null",
  );
});

Deno.test("one error lists every fault", () => {
  const options = {
    numRolloutSteps: 2,
    cutBptt: "no",
    cutBpttEvery: 0.5,
    timeLevelWeights: [1, NaN, 3],
    steps: 1,
  };
  const error = assertThrows(() => supervised(options as never), OptionsError);
  assertEquals(
    error.message,
    "Cannot create Supervised as 5 options do not hold:\n" +
      '- cutBptt must be true or false: current cutBptt is "no"\n' +
      "- cutBpttEvery must be an integer >= 1: current cutBpttEvery is 0.5\n" +
      "- timeLevelWeights.1 must be a finite number: current timeLevelWeights.1 is NaN\n" +
      `- steps must be left out, since it is unknown (options are ${KNOWN}): current steps is 1\n` +
      "- timeLevelWeights.length must be 2: current timeLevelWeights.length is 3",
  );
  assertEquals(error.faults.length, 5);
});

Deno.test("a Composite needs configurations, and a finite weight for each", () => {
  const composite = (configurations: Supervised[], weights: number[]) =>
    assertThrows(() => new Composite(configurations, weights), OptionsError).message;
  assertEquals(
    composite([], []),
    "Cannot create Composite as configurations.length must be >= 1: current configurations.length is 0",
  );
  assertEquals(
    composite([new Supervised()], [1, 2]),
    "Cannot create Composite as weights.length must be 1: current weights.length is 2",
  );
  assertEquals(
    composite([new Supervised(), new Supervised()], [1, -Infinity]),
    "Cannot create Composite as weights.1 must be a finite number: current weights.1 is -Infinity",
  );
  assertEquals(
    composite([], [NaN]),
    "Cannot create Composite as 3 options do not hold:\n" +
      "- weights.0 must be a finite number: current weights.0 is NaN\n" +
      "- configurations.length must be >= 1: current configurations.length is 0\n" +
      "- weights.length must be 0: current weights.length is 1",
  );
});

Deno.test("a Composite reads as many snapshots as the longest of its configurations", () => {
  const composite = new Composite([new Residuum(), new Supervised({ numRolloutSteps: 4 })], [1, 2]);
  assertEquals([composite.name, composite.numSnapshots, composite.weights], ["Composite", 5, [1, 2]]);
  assertEquals(composite.configurations.length, 2);
});
