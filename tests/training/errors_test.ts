/**
 * What a trainer refuses: whole messages, all faults at once, and nothing done before.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  adam,
  defineStepper,
  DivertedChain,
  GeneralTrainer,
  type GeneralTrainerOptions,
  Gpu,
  NdArray,
  ops,
  stack,
  steppers,
  Supervised,
  SupervisedTrainer,
  type SupervisedTrainerOptions,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { countCalls } from "./device_calls.ts";
import { DATA, KEY, LINEAR, LINEAR_OPTIONS, NET, rejection, trainerOf } from "./problem.ts";

const VALID = { optimizer: adam(1e-2), numTrainingSteps: 10, batchSize: 4 };

/** The message with which something is refused, before it asks anything of the device. */
async function refusal(attempt: () => unknown): Promise<string> {
  let message = "";
  const calls = await countCalls(async () => message = await rejection((async () => await attempt())()));
  assertEquals(calls, { mapAsync: 0, submit: 0, dispatch: 0, createBuffer: 0 });
  assertEquals(gpu.buffers, []);
  return message;
}

const supervised = (options: object, data: unknown = DATA) =>
  refusal(() =>
    new SupervisedTrainer(gpu, data as NdArray, { ...VALID, ...options } as SupervisedTrainerOptions)
  );

const general = (options: object, data: unknown = DATA) =>
  refusal(() => {
    const all = { ...VALID, configuration: new Supervised({ numRolloutSteps: 2 }), ...options };
    return new GeneralTrainer(gpu, data as NdArray, all as GeneralTrainerOptions);
  });

Deno.test("options of a trainer are refused, all at once", async () => {
  const options = {
    optimizer: {},
    numTrainingSteps: 0.5,
    batchSize: 0,
    doSubStacking: 1,
    memory: "none",
    refStepper: 1,
    residuum: "r",
    subTrajectoryLen: 2,
    steps: 3,
  };
  assertEquals(
    await general(options),
    "OptionsError: Cannot create trainer as 9 options do not hold:\n" +
      "- optimizer must be an optimizer: current optimizer is an object (Object)\n" +
      "- numTrainingSteps must be an integer >= 1: current numTrainingSteps is 0.5\n" +
      "- batchSize must be an integer >= 1: current batchSize is 0\n" +
      "- refStepper must be a stepper or a function: current refStepper is 1\n" +
      '- residuum must be a stepper or a function: current residuum is "r"\n' +
      "- doSubStacking must be true or false: current doSubStacking is 1\n" +
      '- memory must be "store", "recompute", "auto", { checkpoints: an integer >= 0 } or { bytes: an integer >= 1 }: current memory is "none"\n' +
      "- subTrajectoryLen must be an integer >= 3: current subTrajectoryLen is 2\n" +
      "- steps must be left out, since it is unknown (options are optimizer, numTrainingSteps, batchSize, refStepper, " +
      "residuum, doSubStacking, recordLossEvery, memory, runner, configuration, subTrajectoryLen): current steps is 3",
  );
  assertEquals(
    await general({ configuration: undefined, subTrajectoryLen: 0 }),
    "OptionsError: Cannot create trainer as 2 options do not hold:\n" +
      "- configuration must be an instance of Configuration: current configuration is undefined\n" +
      "- subTrajectoryLen must be an integer >= 1: current subTrajectoryLen is 0",
  );
});

Deno.test("options of a supervised trainer are refused, all at once, and those of Supervised with them", async () => {
  const message = await supervised({
    numRolloutSteps: 0,
    cutBpttEvery: 0,
    numTrainingSteps: 0,
    batchSize: 0,
  });
  for (
    const fault of [
      "numRolloutSteps must be an integer >= 1: current numRolloutSteps is 0",
      "cutBpttEvery must be an integer >= 1: current cutBpttEvery is 0",
      "numTrainingSteps must be an integer >= 1: current numTrainingSteps is 0",
      "batchSize must be an integer >= 1: current batchSize is 0",
    ]
  ) assert(message.includes(`\n- ${fault}`), message);
});

Deno.test("an unknown option of a supervised trainer is told the options that it has", async () => {
  const message = await supervised({ rolloutSteps: 3 });
  assert(message.includes("rolloutSteps must be left out, since it is unknown (options are "), message);
  const [, known] = message.match(/options are ([^)]*)\)/)!;
  for (const name of ["numRolloutSteps", "timeLevelWeights", "cutBptt", "optimizer", "batchSize"]) {
    assert(known!.split(", ").includes(name), `${name} is not among ${known}`);
  }
  assert(!known!.split(", ").includes("configuration"), known);
  const given = await supervised({ configuration: new Supervised() });
  assert(given.includes("configuration must be left out"), given);
});

Deno.test("options that are none are refused", async () => {
  const say = (what: string) =>
    `OptionsError: Cannot create ${what} as options must be an object: current options is undefined`;
  assertEquals(await refusal(() => new GeneralTrainer(gpu, DATA, undefined as never)), say("trainer"));
  assertEquals(
    await refusal(() => new SupervisedTrainer(gpu, DATA, undefined as never)),
    say("SupervisedTrainer"),
  );
});

Deno.test("data that do not fit are refused", async () => {
  assertEquals(
    await supervised({ numRolloutSteps: 8 }),
    "ShapeError: Cannot train Supervised as trajectories need >= 9 snapshots (the initial state included): " +
      "current count is 8",
  );
  assertEquals(
    await supervised({}, [1, 2]),
    "OptionsError: Cannot create SupervisedTrainer as data must be an NdArray or a TrajectorySource: current data is [1, 2]",
  );
  assertEquals(
    await supervised({}, NdArray.zeros([3, 8])),
    "ShapeError: Cannot train Supervised as data must have the axes [samples, snapshots, channels, ...space], " +
      "none of them empty: current shape of data is [3, 8]",
  );
  const data = DATA.data.slice();
  data[2 * 88 + 7 * 11 + 10] = -Infinity;
  assertEquals(
    await supervised({}, new NdArray(data, DATA.shape)),
    "OptionsError: Cannot train Supervised as data[2, 7, 0, 10] must be finite: current data[2, 7, 0, 10] is -Infinity",
  );
});

Deno.test("windows longer than the trajectories are refused by the option's name", async () => {
  const message = await general({ subTrajectoryLen: 9 });
  assert(
    /^ShapeError: Cannot train Supervised as trajectories need >= 9 snapshots \(.*subTrajectoryLen=9.*\): current count is 8$/
      .test(message),
    message,
  );
});

Deno.test("data and options that do not hold are named together", async () => {
  assertEquals(
    await supervised({ batchSize: -1 }, 3),
    "OptionsError: Cannot create SupervisedTrainer as 2 options do not hold:\n" +
      "- batchSize must be an integer >= 1: current batchSize is -1\n" +
      "- data must be an NdArray or a TrajectorySource: current data is 3",
  );
});

Deno.test("options of a run are refused, all at once", async () => {
  const trainer = trainerOf(gpu, 5);
  assertEquals(
    await refusal(() => trainer.train(LINEAR, { key: 42, signal: {}, onProgress: 1, seed: 2 } as never)),
    "OptionsError: Cannot train Supervised as 4 options do not hold:\n" +
      "- signal must be an instance of AbortSignal: current signal is an object (Object)\n" +
      "- onProgress must be a function: current onProgress is 1\n" +
      "- key must be a key made by random.key: current key is 42\n" +
      "- seed must be left out, since it is unknown (options are signal, callbacks, onProgress, key): current seed is 2",
  );
  assertEquals(
    await refusal(() => trainer.train(LINEAR, undefined as never)),
    "OptionsError: Cannot train Supervised as options must be an object: current options is undefined",
  );
  assertEquals(
    await refusal(() => trainer.train(null as never, { key: KEY })),
    "OptionsError: Cannot train Supervised as stepper must be a stepper: current stepper is null",
  );
});

Deno.test("a state that is none is refused", async () => {
  for (const state of [null, undefined, {}, 3]) {
    const message = await refusal(() => trainerOf(gpu, 5).resume(state as never));
    assert(
      /^OptionsError: Cannot resume Supervised as .*state.* must be a training state/.test(message),
      message,
    );
  }
});

Deno.test("a key is not an option of resuming", async () => {
  const state = await trainerOf(gpu, 2).train(LINEAR, { key: KEY });
  assertEquals(
    await refusal(() => trainerOf(gpu, 5).resume(state, { key: KEY } as never)),
    "OptionsError: Cannot resume Supervised as key must be left out, since it is unknown " +
      "(options are signal, callbacks, onProgress, optimizers): current key is an object (Object)",
  );
});

Deno.test("shapes and parts that do not fit are refused", async () => {
  const wide = steppers.conv({ ...LINEAR_OPTIONS, inChannels: 2, outChannels: 2 });
  assertEquals(
    await refusal(() => trainerOf(gpu, 5).train(wide, { key: KEY })),
    "ShapeError: Cannot apply conv as the channels of u must be 2 (from w of shape [2, 2, 3]): " +
      "current channels of u is 1 (shape [1, 11])",
  );
  const long = steppers.conv({ ...LINEAR_OPTIONS, kernelSize: 12 });
  assertEquals(
    await refusal(() => trainerOf(gpu, 5).train(long, { key: KEY })),
    "ShapeError: Cannot apply conv as the kernel must not be longer than the domain of u, N=11: current K is 12",
  );
  const diverted = new GeneralTrainer(gpu, DATA, { ...VALID, configuration: new DivertedChain() });
  assertEquals(
    await refusal(() => diverted.train(LINEAR, { key: KEY })),
    "TypeError: Cannot record DivertedChain as it needs a refStepper: current refStepper is undefined",
  );
});

Deno.test("a device that is disposed is refused", async () => {
  const other = await Gpu.request();
  const trainer = trainerOf(other, 5);
  other[Symbol.dispose]();
  const gone = "DisposedError: Cannot allocate on Gpu as it must not be disposed: current state is disposed";
  assertEquals(await refusal(() => trainer.train(LINEAR, { key: KEY })), gone);
  assertEquals(await refusal(() => trainer.fullLoss(LINEAR)), gone);
});

/** The options that a message names, and the bytes that it promises for them. */
function namedIn(message: string): { options: Partial<SupervisedTrainerOptions>; bytes: number } | null {
  const pattern =
    /\(memory: ("\w+"|\{ checkpoints: (\d+) \})(?: with batchSize: (\d+))? would, with (\d+) bytes\)/;
  const found = message.match(pattern);
  if (found === null) return null;
  const [, memory, checkpoints, batchSize, bytes] = found;
  const options = {
    memory: checkpoints ? { checkpoints: Number(checkpoints) } : JSON.parse(memory!),
    ...(batchSize && { batchSize: Number(batchSize) }),
  };
  return { options, bytes: Number(bytes) };
}

Deno.test("a stepper without parameters is refused", async () => {
  const half = defineStepper({
    name: "half",
    parameters: {},
    forward: (u) => ops.scale({ u }, { factor: 0.5 }),
  });
  for (const runner of ["launches", "resident"] as const) {
    const trainer = trainerOf(gpu, 3, { runner });
    const told =
      "OptionsError: Cannot train Supervised as number of arrays in stepper.parameters must be >= 1: " +
      "current number of arrays in stepper.parameters is 0";
    assertEquals(await rejection(trainer.train(half, { key: KEY })), told);
    assertEquals(await rejection(trainer.trainEnsemble(stack([half]), { keys: [KEY] })), told);
  }
  assertEquals(gpu.buffers, []);
});

Deno.test("too few bytes are refused with the largest buffer, and the option that is named fits", async () => {
  const run = async (maxBytes: number, options: Partial<SupervisedTrainerOptions> = {}) => {
    await using small = await Gpu.request({ maxBytes });
    const trainer = trainerOf(small, 3, { numRolloutSteps: 7, batchSize: 3, runner: "launches", ...options });
    return await rejection(trainer.train(NET, { key: KEY }));
  };
  const none = await run(20_000);
  const [, sum] = none.match(
    /^GpuError: Cannot train Supervised as its buffers must fit in the 20000 bytes left of maxBytes=20000.*: current sum is (\d+) bytes, the largest buffer being action with 4608$/,
  )!;
  assertEquals(await run(Number(sum)), "nothing was thrown");
  const seen: string[] = [];
  for (let maxBytes = Number(sum) - 1;;) {
    const message = await run(maxBytes);
    assert(
      message.endsWith(`: current sum is ${sum} bytes, the largest buffer being action with 4608`),
      message,
    );
    const named = namedIn(message);
    if (named === null) break;
    seen.push(JSON.stringify(named.options));
    assert(named.bytes <= maxBytes, message);
    assertEquals(await run(named.bytes, named.options), "nothing was thrown", message);
    assert((await run(named.bytes - 1, named.options)).startsWith("GpuError: Cannot train"), message);
    maxBytes = named.bytes - 1;
  }
  assert(seen.length > 0 && seen.some((options) => options.includes('"batchSize":1')), `${seen}`);
});
