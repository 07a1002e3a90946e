/**
 * What an objective refuses: whole messages, all faults at once, and nothing done before.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Configuration,
  DivertedChain,
  Gpu,
  MixChainPostPhysics,
  NdArray,
  Objective,
  Residuum,
  steppers,
  Supervised,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { countCalls } from "../training/device_calls.ts";
import { DATA, LINEAR, LINEAR_OPTIONS, rejection, thrown } from "../training/problem.ts";

const NONE = { mapAsync: 0, submit: 0, dispatch: 0, createBuffer: 0 };

/** The message with which an objective is refused, when it is made or at the latest when it is evaluated. */
async function refusal(options: object, configuration: unknown = new Supervised({ numRolloutSteps: 2 })) {
  let message = "";
  const calls = await countCalls(() => {
    message = thrown(() => {
      const all = { stepper: LINEAR, data: DATA, ...options };
      new Objective(gpu, configuration as Configuration, all as never);
    });
  });
  assertEquals(calls, NONE);
  assertEquals(gpu.buffers, []);
  return message;
}

/** The data with other numbers at some places. */
function dataWith(...changes: readonly (readonly [at: number, value: number])[]): NdArray {
  const data = DATA.data.slice();
  for (const [at, value] of changes) data[at] = value;
  return new NdArray(data, DATA.shape);
}

Deno.test("too few snapshots are refused", async () => {
  assertEquals(
    await refusal({}, new Supervised({ numRolloutSteps: 8 })),
    "ShapeError: Cannot evaluate Supervised as trajectories need >= 9 snapshots (the initial state included): " +
      "current count is 8",
  );
  assertEquals(await refusal({}, new Supervised({ numRolloutSteps: 7 })), "nothing was thrown");
  assertEquals(
    await refusal(
      { refStepper: LINEAR },
      new MixChainPostPhysics({ numRolloutSteps: 5, numPostPhysicsSteps: 3 }),
    ),
    "ShapeError: Cannot evaluate MixChainPostPhysics as trajectories need >= 9 snapshots " +
      "(the initial state included): current count is 8",
  );
});

Deno.test("options of a configuration are refused, all at once", () => {
  const say = (options: object) => thrown(() => new Supervised(options));
  for (const numRolloutSteps of [0, 0.5, -1]) {
    assertEquals(
      say({ numRolloutSteps }),
      "OptionsError: Cannot create Supervised as numRolloutSteps must be an integer >= 1: " +
        `current numRolloutSteps is ${numRolloutSteps}`,
    );
  }
  assertEquals(
    say({ numRolloutSteps: 3, timeLevelWeights: [1, NaN], cutBpttEvery: 0, rolloutSteps: 3 }),
    "OptionsError: Cannot create Supervised as 4 options do not hold:\n" +
      "- cutBpttEvery must be an integer >= 1: current cutBpttEvery is 0\n" +
      "- timeLevelWeights.1 must be a finite number: current timeLevelWeights.1 is NaN\n" +
      "- rolloutSteps must be left out, since it is unknown (options are numRolloutSteps, timeLevelLoss, cutBptt, " +
      "cutBpttEvery, timeLevelWeights): current rolloutSteps is 3\n" +
      "- timeLevelWeights.length must be 3: current timeLevelWeights.length is 2",
  );
  assertEquals(
    thrown(() =>
      new DivertedChain({
        numRolloutSteps: 5,
        numBranchSteps: 2,
        timeLevelWeights: [1],
        branchLevelWeights: [1],
      })
    ),
    "OptionsError: Cannot create DivertedChain as 2 options do not hold:\n" +
      "- timeLevelWeights.length must be 5: current timeLevelWeights.length is 1\n" +
      "- branchLevelWeights.length must be 2: current branchLevelWeights.length is 1",
  );
});

Deno.test("weights for a number of steps that does not hold are not measured by it", () => {
  assertEquals(
    thrown(() => new Supervised({ numRolloutSteps: -1, timeLevelWeights: [1] })),
    "OptionsError: Cannot create Supervised as numRolloutSteps must be an integer >= 1: current numRolloutSteps is -1",
  );
});

Deno.test("numbers that are not finite are refused with their place", async () => {
  const at = (1 * 8 + 2) * 11 + 4;
  for (const value of [NaN, Infinity, -Infinity]) {
    assertEquals(
      await refusal({ data: dataWith([at, value], [200, NaN]) }),
      `OptionsError: Cannot evaluate Supervised as data[1, 2, 0, 4] must be finite: current data[1, 2, 0, 4] is ${value}`,
    );
  }
  assertEquals(
    thrown(() => LINEAR.with({ ...LINEAR.parameters, weight: new NdArray([1, NaN, 0], [1, 1, 3]) })),
    "OptionsError: Cannot create stepper conv as parameters.weight[1] must be finite: current parameters.weight[1] is NaN",
  );
  assertEquals(
    thrown(() =>
      LINEAR.with({
        weight: new NdArray([Infinity, 0, 0], [1, 1, 3]),
        bias: new NdArray([-Infinity], [1, 1]),
      })
    ),
    "OptionsError: Cannot create stepper conv as 2 options do not hold:\n" +
      "- parameters.weight[0] must be finite: current parameters.weight[0] is Infinity\n" +
      "- parameters.bias[0] must be finite: current parameters.bias[0] is -Infinity",
  );
});

Deno.test("weights of another shape are refused", () => {
  assertEquals(
    thrown(() => LINEAR.with({ ...LINEAR.parameters, weight: NdArray.zeros([1, 1, 2]) })),
    "OptionsError: Cannot set parameters of conv as parameters must be a tree of weight [1, 1, 3], bias [1, 1]: " +
      'current parameters is "weight [1, 1, 2], bias [1, 1]"',
  );
});

Deno.test("data of the wrong kind or shape are refused", async () => {
  assertEquals(
    await refusal({ data: [1, 2, 3] }),
    "OptionsError: Cannot evaluate Supervised as data must be an NdArray or a TrajectorySource: current data is [1, 2, 3]",
  );
  for (const shape of [[3, 8], [0, 8, 1, 11], [3, 8, 0]]) {
    assertEquals(
      await refusal({ data: NdArray.zeros(shape) }),
      "ShapeError: Cannot evaluate Supervised as data must have the axes [samples, snapshots, channels, ...space], " +
        `none of them empty: current shape of data is [${shape.join(", ")}]`,
    );
  }
});

Deno.test("channels that do not match and a kernel longer than the domain are refused", async () => {
  assertEquals(
    await refusal({ stepper: steppers.conv({ ...LINEAR_OPTIONS, inChannels: 2, outChannels: 2 }) }),
    "ShapeError: Cannot apply conv as the channels of u must be 2 (from w of shape [2, 2, 3]): " +
      "current channels of u is 1 (shape [1, 11])",
  );
  assertEquals(
    await refusal({ stepper: steppers.conv({ ...LINEAR_OPTIONS, kernelSize: 12 }) }),
    "ShapeError: Cannot apply conv as the kernel must not be longer than the domain of u, N=11: current K is 12",
  );
  assertEquals(
    await refusal({ stepper: steppers.conv({ ...LINEAR_OPTIONS, kernelSize: 11 }) }),
    "nothing was thrown",
  );
});

Deno.test("options of a stepper are refused, all at once", () => {
  assertEquals(
    thrown(() => steppers.conv({ ...LINEAR_OPTIONS, outChannels: 2, kernelSize: 0 })),
    "OptionsError: Cannot create conv as 2 options do not hold:\n" +
      "- kernelSize must be an integer >= 1: current kernelSize is 0\n" +
      "- outChannels must be inChannels=1, since a stepper returns the shape it takes: current outChannels is 2",
  );
});

Deno.test("windows outside of the data are refused, each by its place", async () => {
  const windows = [{ sample: 3, start: 0 }, { sample: 0, start: 6 }, { sample: 2, start: 5 }, {
    sample: -1,
    start: 0.5,
  }];
  assertEquals(
    await refusal({ windows }),
    "OptionsError: Cannot evaluate Supervised as 4 options do not hold:\n" +
      "- windows.0.sample must be an integer in [0, 2]: current windows.0.sample is 3\n" +
      "- windows.1.start must be an integer in [0, 5]: current windows.1.start is 6\n" +
      "- windows.3.sample must be an integer in [0, 2]: current windows.3.sample is -1\n" +
      "- windows.3.start must be an integer in [0, 5]: current windows.3.start is 0.5",
  );
  assertEquals(
    await refusal({ windows: [] }),
    "OptionsError: Cannot evaluate Supervised as windows.length must be >= 1: current windows.length is 0",
  );
  assertEquals(
    await refusal({ windows: 3 }),
    "OptionsError: Cannot evaluate Supervised as windows must be a list of windows: current windows is 3",
  );
});

Deno.test("windows of the wrong kind are refused in the library's words", async () => {
  for (const windows of [[{ sample: NaN, start: 0 }], [{ sample: "0", start: 0 }], [null], [{ sample: 1 }]]) {
    const message = await refusal({ windows });
    assert(/^OptionsError: Cannot evaluate Supervised as windows\.0.* must be an? /.test(message), message);
    assert(!message.includes("Invalid input"), message);
  }
});

Deno.test("unknown and wrong options are refused, all at once", async () => {
  assertEquals(
    await refusal({ stepper: 3, window: 3, memory: "all", residuum: 1 }),
    "OptionsError: Cannot evaluate Supervised as 4 options do not hold:\n" +
      "- residuum must be a stepper or a function: current residuum is 1\n" +
      '- memory must be "store", "recompute", "auto", { checkpoints: an integer >= 0 } or { bytes: an integer >= 1 }: current memory is "all"\n' +
      "- stepper must be a stepper: current stepper is 3\n" +
      "- window must be left out, since it is unknown (options are data, refStepper, residuum, windows, memory, " +
      "runner, stepper): current window is 3",
  );
  assertEquals(
    thrown(() => new Objective(gpu, new Supervised(), undefined as never)),
    "OptionsError: Cannot evaluate Supervised as options must be an object: current options is undefined",
  );
});

Deno.test("a missing part is refused", async () => {
  assertEquals(
    await refusal({}, new DivertedChain({ numRolloutSteps: 2 })),
    "TypeError: Cannot record DivertedChain as it needs a refStepper: current refStepper is undefined",
  );
  assertEquals(
    await refusal({ refStepper: LINEAR }, new Residuum({ numRolloutSteps: 2 })),
    "TypeError: Cannot record Residuum as it needs a residuum: current residuum is undefined",
  );
});

Deno.test("what is no configuration or device is refused", async () => {
  for (const configuration of [null, {}, "Supervised"]) {
    const message = await refusal({}, configuration);
    assert(/^OptionsError: .* configuration must be an instance of Configuration: /.test(message), message);
  }
  const message = thrown(() => new Objective({} as Gpu, new Supervised(), { stepper: LINEAR, data: DATA }));
  assert(
    /^OptionsError: .* gpu must be an instance of Gpu: current gpu is an object \(Object\)$/.test(message),
    message,
  );
});

Deno.test("a disposed objective or device is refused", async () => {
  const objective = new Objective(gpu, new Supervised(), { stepper: LINEAR, data: DATA });
  await objective.evaluate();
  objective[Symbol.dispose]();
  objective[Symbol.dispose]();
  const gone =
    "DisposedError: Cannot evaluate Objective as it must not be disposed: current state is disposed";
  const other = await Gpu.request();
  const calls = await countCalls(async () => {
    assertEquals(await rejection(objective.evaluate()), gone);
    assertEquals(await rejection(objective.valueAndGrad()), gone);
    using late = new Objective(other, new Supervised(), { stepper: LINEAR, data: DATA });
    other[Symbol.dispose]();
    assertEquals(
      await rejection(late.valueAndGrad()),
      "DisposedError: Cannot allocate on Gpu as it must not be disposed: current state is disposed",
    );
  });
  assertEquals(calls, NONE);
});

Deno.test("evaluations at a time wait for each other", async () => {
  using objective = new Objective(gpu, new Supervised(), { stepper: LINEAR, data: DATA });
  const [first, second, third] = await Promise.all([
    objective.evaluate(),
    objective.valueAndGrad(),
    objective.evaluate(),
  ]);
  assertEquals([second.loss, third.loss], [first.loss, first.loss]);
});
