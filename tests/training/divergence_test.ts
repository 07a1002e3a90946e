/**
 * Runs that leave the finite numbers: which update and time level, and what is kept.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  adam,
  defineOp,
  defineStepper,
  DivergenceError,
  NdArray,
  ops,
  type Optimizer,
  PermutationMixer,
  type Progress,
  random,
  sgd,
  stack,
  type Stepper,
  SupervisedTrainer,
  type TrainingState,
} from "../../mod.ts";
import { loadState, saveState } from "../../src/files/state_file.ts";
import { gpu } from "../ops/device.ts";
import { KEY, rejection, stateBits } from "./problem.ts";

/** Samples, snapshots, points: one window for each sample, 102 updates an epoch, the last with 2 windows. */
const [S, T, N] = [507, 3, 5];
const BATCH_SIZE = 5;
const NUM_UPDATES = 130;
const ADAM = adam(1e-3);

const MIXER = new PermutationMixer({
  numTotalSamples: S,
  numMinibatches: NUM_UPDATES,
  batchSize: BATCH_SIZE,
  key: KEY,
});

/** Random trajectories, [507, 3, 1, 5], in which one number of some samples is another. */
function dataWith(value: number, time: number, samples: readonly number[]): NdArray {
  const data = random.uniform(random.key(5), [S, T, 1, N], { minval: -1, maxval: 1 });
  for (const sample of samples) data.data[(sample * T + time) * N + 3] = value;
  return data;
}

/** Any window of an update's batch. */
const sampleAt = (update: number) => MIXER.batch(update - 1).at(-1)!;

type Parameters = { readonly weight: NdArray };

/** u' = w * u with a kernel of two taps. */
const STEPPER: Stepper<Parameters> = defineStepper<Parameters>({
  name: "taps",
  parameters: { weight: new NdArray([0.5, 0.25], [1, 1, 2]) },
  forward: (u, { weight }) => ops.conv({ u, w: weight }),
});

function trainerOn(data: NdArray, numTrainingSteps = NUM_UPDATES, optimizer: Optimizer = ADAM) {
  return new SupervisedTrainer(gpu, data, {
    numRolloutSteps: 2,
    optimizer,
    numTrainingSteps,
    batchSize: BATCH_SIZE,
  });
}

/** The error with which a run ends; it leaves no buffers behind. */
async function divergence(run: () => Promise<unknown>): Promise<DivergenceError<Parameters>> {
  const error = await assertRejects(run, DivergenceError<Parameters>);
  assertEquals(gpu.buffers, []);
  return error as DivergenceError<Parameters>;
}

/** Asserts that a kept state is that of a run which stopped before. */
async function assertKept(
  state: TrainingState<Parameters>,
  data: NdArray,
  optimizer = ADAM,
  stepper = STEPPER,
) {
  const signal = state.update === 0 ? { signal: AbortSignal.abort() } : {};
  const trainer = trainerOn(data, Math.max(1, state.update), optimizer);
  assertEquals(stateBits(state), stateBits(await trainer.train(stepper, { key: KEY, ...signal })));
  assert(state.stepper.parameters.weight.data.every(Number.isFinite));
  assert(state.lossHistory.every(Number.isFinite));
}

// The first, the last of a block, the first of the next, and the smaller last of an epoch.
for (const [update, time] of [[1, 2], [2, 1], [64, 2], [65, 1], [102, 2]] as const) {
  Deno.test(`a loss that is not finite at update ${update} and time level ${time - 1} is found there`, async () => {
    const data = dataWith(1e20, time, [sampleAt(update)]);
    const seen: (number | null)[] = [];
    const onProgress = ({ loss }: Progress) => seen.push(loss);
    const error = await divergence(() => trainerOn(data).train(STEPPER, { key: KEY, onProgress }));
    assertEquals([error.name, error.update, error.timeLevel], ["DivergenceError", update, time - 1]);
    assertEquals(
      error.message,
      `Cannot train beyond update ${update} as every loss must be finite: ` +
        `current loss at time level ${time - 1} is Infinity`,
    );
    assertEquals(error.state.update, update - 1);
    await assertKept(error.state, data);
    assert(seen.every((loss) => loss === null || Number.isFinite(loss)), `${seen}`);
  });
}

Deno.test("the first of several updates and the first of several time levels are named", async () => {
  const data = dataWith(1e20, 0, [sampleAt(31), sampleAt(33), sampleAt(70)]);
  const error = await divergence(() => trainerOn(data).train(STEPPER, { key: KEY }));
  assertEquals([error.update, error.timeLevel], [31, 0]);
  await assertKept(error.state, data);
});

Deno.test("a resumed run counts updates from the start of the first", async () => {
  const data = dataWith(1e20, 2, [sampleAt(90)]);
  const state = await trainerOn(data, 30).train(STEPPER, { key: KEY });
  const error = await divergence(() => trainerOn(data).resume(state));
  assertEquals([error.update, error.timeLevel, error.state.update], [90, 1, 89]);
  await assertKept(error.state, data);
});

Deno.test("a member of an ensemble that diverges ends the run of all, at the same update", async () => {
  const keys = [KEY, random.key(1), random.key(2)];
  const sample = sampleAt(70);
  const data = dataWith(1e20, 2, [sample]);
  const mixers = keys.map((key) =>
    new PermutationMixer({ numTotalSamples: S, numMinibatches: NUM_UPDATES, batchSize: BATCH_SIZE, key })
  );
  const firsts = mixers.map((mixer) =>
    1 + Array.from({ length: 102 }, (_, i) => mixer.batch(i)).findIndex((batch) => batch.includes(sample))
  );
  const first = Math.min(...firsts);
  const member = firsts.indexOf(first);
  assert(first > 1 && firsts.filter((update) => update === first).length === 1, `${firsts}`);
  const ensemble = stack(keys.map(() => STEPPER));
  const error = await divergence(() => trainerOn(data).trainEnsemble(ensemble, { keys }));
  assertEquals([error.member, error.update, error.timeLevel], [member, first, 1]);
  assertEquals(
    error.message,
    `Cannot train member ${member} beyond update ${first} as every loss must be finite: ` +
      "current loss at time level 1 is Infinity",
  );
  assert(error.state === error.states[member]);
  for (const [m, key] of keys.entries()) {
    const alone = await trainerOn(data, first - 1).train(STEPPER, { key });
    assertEquals(stateBits(error.states[m]!), stateBits(alone));
  }
});

/** v = u, with a slope of e^u instead of 1: overflows for u > 88 while the values are finite. */
const steep = defineOp({
  name: "steep",
  inputs: ["u"],
  wgsl: `
    import super::io::{u, setV, vBar, setUBar};
    fn forward(i: u32) { setV(i, u(i)); }
    fn adjointU(i: u32) { setUBar(i, exp(u(i)) * vBar(i)); }
  `,
  shape: ({ u }) => u,
});
const STEEP: Stepper<Parameters> = defineStepper<Parameters>({
  name: "steep taps",
  parameters: STEPPER.parameters,
  forward: (u, { weight }) => steep({ u: ops.conv({ u, w: weight }) }),
});

for (const update of [1, 2, 66]) {
  Deno.test(`a gradient that is not finite at update ${update} is found while the losses are`, async () => {
    const data = dataWith(1000, 0, [sampleAt(update)]);
    const error = await divergence(() => trainerOn(data).train(STEEP, { key: KEY }));
    assertEquals([error.update, error.timeLevel, error.state.update], [update, null, update - 1]);
    assertEquals(
      error.message,
      `Cannot train beyond update ${update} as the gradient and the step must be finite: ` +
        "current gradient or step has a number that is not",
    );
    await assertKept(error.state, data, ADAM, STEEP);
  });
}

Deno.test("a learning rate that is too large ends after the last update with finite losses", async () => {
  const data = dataWith(0, 0, []);
  const optimizer = sgd(300);
  const { update, state } = await divergence(() =>
    trainerOn(data, 130, optimizer).train(STEPPER, { key: KEY })
  );
  assert(update > 2 && update < 30, `diverged at update ${update}`);
  assertEquals(state.update, update - 1);
  await assertKept(state, data, optimizer);
});

// An update itself may leave the finite numbers, by a finite gradient times a large rate. The loss of the next update
// would meet it, but where there is none, or for the state before, that is too late.
for (const numTrainingSteps of [1, 2, 130]) {
  Deno.test(`parameters that a step makes infinite end a run of ${numTrainingSteps} updates there`, async () => {
    const data = dataWith(0, 0, []);
    const optimizer = sgd(3e38);
    const stepper = STEPPER.with({ weight: new NdArray([40, 50], [1, 1, 2]) });
    const error = await divergence(() =>
      trainerOn(data, numTrainingSteps, optimizer).train(stepper, { key: KEY })
    );
    assertEquals([error.update, error.timeLevel, error.state.update], [1, null, 0]);
    await assertKept(error.state, data, optimizer, stepper);
  });
}

Deno.test("a learning rate that is not a number ends the run", async () => {
  const data = dataWith(0, 0, []);
  const optimizer = sgd((count) => count === 3 ? NaN : 0.01);
  const error = await divergence(() => trainerOn(data, 20, optimizer).train(STEPPER, { key: KEY }));
  assertEquals([error.update, error.state.update], [4, 3]);
  await assertKept(error.state, data, optimizer);
});

Deno.test("the kept state goes through a file, and goes on only with the settings it had", async () => {
  const data = dataWith(1e20, 2, [sampleAt(12)]);
  const { state } = await divergence(() => trainerOn(data).train(STEPPER, { key: KEY }));
  const path = await Deno.makeTempFile();
  try {
    await saveState(path, state);
    const loaded = await loadState(path, STEPPER);
    assertEquals(stateBits(loaded), stateBits(state));
    const again = await divergence(() => trainerOn(data).resume(loaded));
    assertEquals([again.update, stateBits(again.state)], [12, stateBits(state)]);
    assertEquals(
      await rejection(trainerOn(data, NUM_UPDATES, adam(1e-4)).resume(loaded)),
      "OptionsError: Cannot resume Supervised as optimizer must be " +
        '"adam(0.001, b1=0.9, b2=0.999, eps=1e-8, epsRoot=0)", as in the state: ' +
        'current optimizer is "adam(0.0001, b1=0.9, b2=0.999, eps=1e-8, epsRoot=0)"',
    );
    // A smaller rate is a new run from the kept parameters.
    const mended = await trainerOn(dataWith(0, 0, []), 20, adam(1e-4)).train(loaded.stepper, { key: KEY });
    assertEquals(mended.update, 20);
  } finally {
    await Deno.remove(path);
  }
});
