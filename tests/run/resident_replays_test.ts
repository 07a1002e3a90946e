/**
 * States that the resident kernel makes again from one in a register: which, and that they are the right ones.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  adam,
  Configuration,
  DivertedChainBranchOne,
  Gpu,
  losses,
  type MemoryPolicy,
  Objective,
  ops,
  type Parts,
  Supervised,
  SupervisedTrainer,
  type Tape,
  type Var,
} from "../../mod.ts";
import { PAGE_BYTES } from "../../src/run/resident_pages.ts";
import { Replays } from "../../src/run/resident_replays.ts";
import { Splits } from "../../src/run/resident_splits.ts";
import type { Action } from "../../src/tape/program.ts";
import { Calls, replaced } from "../gpu/spy.ts";
import { gpu } from "../ops/device.ts";
import { KEY, stateBits } from "../training/problem.ts";
import { LONG, STENCIL } from "./long.ts";

/** The actions of a rollout from state 0. */
function rollout(length: number): Action[] {
  const forwards = Array.from({ length }, (_, i): Action => (
    { kind: "forward", f: 0, inputs: [i], state: i + 1, keeps: false }
  ));
  return [{ kind: "load", state: 0, time: 0 }, ...forwards];
}

/** The reversal of such a rollout, down to a state. */
function reversal(length: number, last = 0): Action[] {
  return Array.from({ length: length - last }, (_, i): Action => (
    {
      kind: "adjoint",
      f: 0,
      inputs: [length - 1 - i],
      state: length - i,
      inputBars: [null],
      parametersAdd: i > 0,
    }
  ));
}

/** What is made again of a rollout: with a price of Infinity no state is set midway. */
function replaysOf(length: number, span: number, { setting = Infinity, last = 0 } = {}): Replays {
  const actions = [...rollout(length), ...reversal(length, last)];
  const replays = new Replays(actions, span, new Splits(setting));
  for (let state = 1; state <= length; state++) replays.allocate(state);
  return replays;
}

Deno.test("a rollout of up to three spans is made again from its start, whatever is stored", () => {
  const replays = replaysOf(12, 4);
  assertEquals(replays.of(11), { base: 0, first: 0, count: 11 });
  assertEquals(replays.of(0), { base: 0, first: 0, count: 0 });
  assertEquals([replays.isLoaded(0), replays.isLoaded(1)], [true, false]);
});

Deno.test("in a longer one each span starts from a state of its own, or from the one that is kept", () => {
  const replays = replaysOf(13, 4);
  const of = (state: number) => {
    const { base, first, count } = replays.of(state);
    assertEquals(first, 0);
    return [base, count];
  };
  assertEquals([12, 11, 9, 8, 7, 3, 0].map(of), [[12, 0], [8, 3], [8, 1], [8, 0], [4, 3], [0, 3], [0, 0]]);
  replays.keep(6);
  assertEquals([7, 6, 5].map(of), [[6, 1], [6, 0], [4, 1]]);
  replays.keep(null);
  assertEquals(of(7), [4, 3]);
});

Deno.test("where the start of a span has no slot any more, a state is made from the farthest in it that has one", () => {
  const replays = replaysOf(13, 4);
  replays.free(8);
  assertEquals(replays.of(11), { base: 9, first: 0, count: 2 });
  replays.free(9);
  replays.free(10);
  assertEquals(replays.of(11), { base: 11, first: 0, count: 0 });
  replays.allocate(8);
  assertEquals(replays.of(11), { base: 8, first: 0, count: 3 });
  replays.free(8);
  replays.keep(4);
  assertEquals(replays.of(8), { base: 5, first: 0, count: 3 }); // from the kept one it is as far as a span is long
});

Deno.test("a state is set midway as early as it is made, and is nearer than the kept one then", () => {
  const replays = replaysOf(12, 4, { setting: 2 });
  const { first } = new Splits(2).way(0, 11);
  assertEquals([first, 12].map((state) => replays.isSetAtOnce(state)), [true, false]);
  replays.keep(0);
  replays.setMidway(first);
  assertEquals(replays.of(11), { base: first, first: 0, count: 11 - first });
  // Below it, the register is free for another one.
  const next = new Splits(2).way(0, first - 1).first;
  assertEquals(replays.of(first - 1), { base: 0, first: next, count: first - 1 - next });
  assertEquals(replays.before(first - 1, first - 1 - next), next);
});

Deno.test("a state is set midway where no adjoint reads what lies before it", () => {
  const replays = replaysOf(12, 4, { setting: 2, last: 9 });
  assertEquals(replays.isSetAtOnce(9), true);
  replays.keep(0);
  assertEquals(replays.of(11), { base: 0, first: 9, count: 2 });
});

Deno.test("in spans a state is set midway at once in the last one only", () => {
  const replays = replaysOf(45, 12, { setting: 2 });
  const { first } = new Splits(2).way(0, 8); // states 36 to 44
  assertEquals(first > 0, true);
  const set = Array.from({ length: 45 }, (_, i) => i + 1).filter((state) => replays.isSetAtOnce(state));
  assertEquals(set, [36 + first]);
  const before = new Splits(2).way(0, 11).first;
  assertEquals(replays.of(35), { base: 24, first: before, count: 11 - before });
});

/** The span of the stencil, whose application has 11 calls, where setting a state midway costs 320. */
const SPAN = 8;
const SPLITS = new Splits(320 / 11);
/** The longest rollout of it that is made again from its start. */
const SHORT = 3 * SPAN;

/** How often a state is set midway on the way back through so many. */
function countSettings(states: number): number {
  const { first } = SPLITS.way(0, states - 1);
  return first === 0 ? 0 : 1 + countSettings(first);
}

interface Options {
  readonly memory?: MemoryPolicy | undefined;
  readonly runner?: "resident" | "launches";
  readonly device?: Gpu;
}

/** The losses and the gradient, one after another. */
async function evaluate(configuration: Configuration, options: Options = {}): Promise<number[]> {
  const { device = gpu, runner = "resident", memory = "auto" } = options;
  using objective = new Objective(device, configuration, {
    stepper: STENCIL,
    refStepper: (u: Var) => ops.tanh({ u }),
    data: LONG,
    windows: [{ sample: 0, start: 0 }, { sample: 1, start: 0 }],
    runner,
    memory,
  });
  const { timeLevelLosses, grad } = await objective.valueAndGrad();
  return [...timeLevelLosses, ...grad.weight!.data];
}

const MSE = losses.mse();
const MAE = losses.mae();

/** A chain of which each sixth state begins a branch of 30 steps, with losses at all ends, and of a snapshot with another. */
class Branches extends Configuration {
  readonly name = "Branches";
  readonly numSnapshots = 45;

  record(tape: Tape, { stepper }: Parts): void {
    let chain = tape.snapshot(0);
    for (let t = 0; t < 40; t++) {
      if (t % 6 === 5) {
        let branch = chain;
        for (let step = 0; step < 30; step++) branch = tape.apply(stepper, branch);
        tape.loss(MSE, branch, tape.snapshot(t), 1 + t);
        tape.loss(MSE, tape.snapshot(t), tape.snapshot(t + 1));
      }
      chain = tape.apply(stepper, chain);
      tape.loss(MSE, chain, tape.snapshot(t + 1));
      tape.loss(MAE, chain, tape.snapshot(t + 1), 0.5);
    }
    let later = tape.snapshot(2);
    for (let step = 0; step < 20; step++) later = tape.apply(stepper, later);
    tape.loss(MSE, later, tape.snapshot(22), 3);
  }
}

const weights = (length: number) => Array.from({ length }, (_, i) => i % 3 === 0 ? 0 : 1 + i);

const CASES: Readonly<Record<string, readonly [Configuration, MemoryPolicy?]>> = {
  "one step": [new Supervised()],
  "the longest without storage": [new Supervised({ numRolloutSteps: SHORT })],
  "the shortest with storage": [new Supervised({ numRolloutSteps: SHORT + 1 })],
  "several spans and a part of one": [new Supervised({ numRolloutSteps: 40 })],
  "losses of some levels": [
    new Supervised({ numRolloutSteps: 40, timeLevelWeights: weights(40) }),
  ],
  "cuts between the spans": [new Supervised({ numRolloutSteps: 40, cutBptt: true, cutBpttEvery: 5 })],
  "cuts longer than short": [new Supervised({ numRolloutSteps: 60, cutBptt: true, cutBpttEvery: 25 })],
  "checkpoints": [new Supervised({ numRolloutSteps: 60 }), { checkpoints: 3 }],
  "recomputed activations": [new Supervised({ numRolloutSteps: 40 }), "recompute"],
  "several pages": [new Supervised({ numRolloutSteps: 600 })],
  "several pages with one loss": [
    new Supervised({ numRolloutSteps: 600, timeLevelWeights: weights(600).fill(0, 0, 599) }),
  ],
  "eight losses in registers": [new Supervised({ numRolloutSteps: 8, timeLevelWeights: weights(8) })],
  "nine losses in storage": [new Supervised({ numRolloutSteps: 9, timeLevelWeights: weights(9) })],
  "several pages of checkpoints": [new Supervised({ numRolloutSteps: 600 }), { checkpoints: 5 }],
  "branches": [new Branches()],
  "branches from checkpoints": [new Branches(), { checkpoints: 3 }],
  "branches of recomputed activations": [new Branches(), "recompute"],
  "two functions": [new DivertedChainBranchOne({ numRolloutSteps: 30 })],
};

for (const [name, [configuration, memory]] of Object.entries(CASES)) {
  Deno.test(`resident agrees with launches where states are made again: ${name}`, async () => {
    const resident = await evaluate(configuration, { memory });
    const launches = await evaluate(configuration, { runner: "launches" });
    const scale = Math.max(...launches.map(Math.abs));
    assert(scale > 1e-6);
    launches.forEach((x, i) => assertAlmostEquals(resident[i]!, x, 4e-6 * scale));
  });
}

Deno.test("the memory policy changes no bit of a program of one page", async () => {
  const configuration = new Supervised({ numRolloutSteps: 60 });
  const stored = await evaluate(configuration, { memory: "store" });
  assertEquals(await evaluate(configuration, { memory: "recompute" }), stored);
  assertEquals(await evaluate(configuration, { memory: { checkpoints: 3 } }), stored);
});

/** How many entries the only page of a table has. */
async function countEntries(configuration: Configuration): Promise<number> {
  let page: Uint32Array = new Uint32Array();
  using _ = replaced(GPUQueue.prototype, "writeBuffer", (original) =>
    function (...args) {
      if (args[2] instanceof Uint32Array && args[2].byteLength === PAGE_BYTES) page = args[2];
      return original.apply(this, args);
    });
  await evaluate(configuration);
  const kinds = page.filter((_, i) => i >= 4 && i % 4 === 0);
  return kinds.indexOf(0);
}

Deno.test("applications in a row are one entry, between what is stored or set midway", async () => {
  const reversals = 2 * SHORT; // a loss and an adjoint each
  assertEquals([countSettings(SPAN), countSettings(11), countSettings(12), countSettings(SHORT)], [
    0,
    0,
    1,
    2,
  ]);
  assertEquals(
    await countEntries(new Supervised({ numRolloutSteps: SHORT })),
    1 + 1 + countSettings(SHORT) + reversals,
  );
  // Three spans end at stored states, whose stores divide the applications, and are fetched; the first state is loaded again.
  const longer = 1 + 4 + 3 + reversals + 2 + 3 + 1;
  assertEquals(await countEntries(new Supervised({ numRolloutSteps: SHORT + 1 })), longer);
});

Deno.test("four pipelines serve all rollouts: with few losses or many, with states set midway, with storage", async () => {
  await using device = await Gpu.request();
  const madeFor = async (numRolloutSteps: number) => {
    using calls = new Calls();
    await evaluate(new Supervised({ numRolloutSteps }), { device });
    assertEquals(calls.errors, []);
    return calls.count("createComputePipeline");
  };
  assertEquals(await madeFor(1), 1);
  assertEquals(await madeFor(8), 0);
  assertEquals(await madeFor(9), 1);
  assertEquals(await madeFor(11), 0);
  assertEquals(await madeFor(12), 1);
  assertEquals(await madeFor(SHORT), 0);
  assertEquals(await madeFor(SHORT + 1), 1);
  assertEquals(await madeFor(600), 0);
});

for (const numRolloutSteps of [SHORT, SHORT + 1]) {
  Deno.test(`a training through ${numRolloutSteps} steps that stops and goes on has the bits of one that never did`, async () => {
    const trainer = (numTrainingSteps: number) =>
      new SupervisedTrainer(gpu, LONG, {
        numRolloutSteps,
        optimizer: adam(1e-3),
        numTrainingSteps,
        batchSize: 20,
        runner: "resident",
      });
    const whole = await trainer(70).train(STENCIL, { key: KEY });
    const stop = new AbortController();
    const part = await trainer(70).train(STENCIL, {
      key: KEY,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    assert(part.update > 0 && part.update < 70);
    assertEquals(stateBits(await trainer(70).resume(part)), stateBits(whole));
  });
}
