/**
 * Drawn configurations on the device: kind, steps, cuts, weights, members, runner and policy.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Composite,
  type Configuration,
  DivertedChain,
  DivertedChainBranchOne,
  EnsembleObjective,
  type MemoryPolicy,
  MixChainPostPhysics,
  Residuum,
  type RunnerOption,
  stack,
  Supervised,
} from "../../mod.ts";
import { DATA, refStepper, residuum, withBias } from "../gpu/problem.ts";
import { gpu } from "../ops/device.ts";

const DRAWS = { seed: 20261124, numRuns: 25 };
const MAX_STEPS = 9;
const WINDOWS = [0, 1, 2].map((sample) => ({ sample, start: 7 * sample }));

/** What all chains have in common. */
const chainOptions = fc.integer({ min: 1, max: MAX_STEPS }).chain((numRolloutSteps) =>
  fc.record({
    numRolloutSteps: fc.constant(numRolloutSteps),
    cutBptt: fc.boolean(),
    cutBpttEvery: fc.integer({ min: 1, max: MAX_STEPS }),
    timeLevelWeights: fc.array(fc.constantFrom(1, 0.5, -2, 0), {
      minLength: numRolloutSteps,
      maxLength: numRolloutSteps,
    }),
  })
);
const flag = fc.boolean();

const single: fc.Arbitrary<Configuration> = fc.oneof(
  chainOptions.map((options) => new Supervised(options)),
  fc.tuple(chainOptions, flag).map(([options, cutDivChain]) =>
    new DivertedChainBranchOne({ ...options, cutDivChain })
  ),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 }), flag, flag).map(
    ([numBranchSteps, more, cutBptt, cutDivChain]) =>
      new DivertedChain({ numRolloutSteps: numBranchSteps + more, numBranchSteps, cutBptt, cutDivChain }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), flag).map(
    ([numRolloutSteps, numPostPhysicsSteps, cutBptt]) =>
      new MixChainPostPhysics({ numRolloutSteps, numPostPhysicsSteps, cutBptt }),
  ),
  fc.tuple(chainOptions, flag, flag).map(([options, cutPrev, cutNext]) =>
    new Residuum({ ...options, cutPrev, cutNext })
  ),
);

const configurations: fc.Arbitrary<Configuration> = fc.oneof(
  { weight: 5, arbitrary: single },
  { weight: 1, arbitrary: fc.tuple(single, single).map((both) => new Composite(both, [1, -0.5])) },
);

const policies: fc.Arbitrary<MemoryPolicy> = fc.oneof(
  fc.constantFrom<MemoryPolicy>("recompute", "auto"),
  fc.nat(MAX_STEPS).map((checkpoints) => ({ checkpoints })),
  fc.constant({ bytes: 2 ** 20 }),
);

const members = [0, 0.1, -0.2].map(withBias);

Deno.test("drawn configurations have the same bits under every policy", async () => {
  let numNonzero = 0;
  await fc.assert(
    fc.asyncProperty(
      configurations,
      policies,
      fc.integer({ min: 1, max: members.length }),
      fc.constantFrom<RunnerOption>("launches", "resident"),
      async (configuration, policy, numMembers, runner) => {
        const ensemble = stack(members.slice(0, numMembers));
        const parts = { ensemble, data: DATA, refStepper, residuum, runner, windows: WINDOWS };
        const run = async (memory: MemoryPolicy) => {
          using objective = new EnsembleObjective(gpu, configuration, { ...parts, memory });
          return await objective.valueAndGrad();
        };
        const store = await run("store");
        assertEquals(await run(policy), store);
        if (store.every(({ grad }) => grad.first.data.some((x) => x !== 0))) numNonzero++;
      },
    ),
    DRAWS,
  );
  assert(numNonzero > DRAWS.numRuns / 2);
});
