/**
 * The resident runner: one kernel for all programs of a stepper, beside the launches runner.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  type Configuration,
  defineStepper,
  DivertedChain,
  EnsembleObjective,
  Gpu,
  losses,
  NdArray,
  Objective,
  ops,
  type Optimizer,
  Residuum,
  stack,
  steppers,
  Supervised,
  SupervisedTrainer,
  type Tree,
  type Var,
} from "../../mod.ts";
import { Calls } from "../gpu/spy.ts";
import { DATA, type Parameters, refStepper, residuum, stepper, withBias } from "../gpu/problem.ts";
import { canKeepSums, STEPPING_BUFFERS } from "../../src/wgsl/resident.ts";
import type { ResidentText } from "../../src/wgsl/resident_table.ts";
import { gpu } from "../ops/device.ts";
import { withLimits } from "./limits.ts";
import { LONG, STENCIL } from "./long.ts";
import { KEY, LINEAR_OPTIONS, rejection, stateBits, thrown } from "../training/problem.ts";

const PARTS = { stepper: stepper(), data: DATA, refStepper, residuum };

type Options = Partial<ConstructorParameters<typeof Objective<Parameters>>[2]>;

async function evaluate(configuration: Configuration, options: Options = {}, device = gpu) {
  using objective = new Objective<Parameters>(device, configuration, { ...PARTS, ...options });
  return numbersOf(await objective.valueAndGrad());
}

/** The losses and the gradient of a result, one after another. */
function numbersOf({ timeLevelLosses, grad }: { timeLevelLosses: Float32Array; grad: Parameters }) {
  return [...timeLevelLosses, ...grad.first.data, ...grad.second.data, ...grad.bias.data];
}

/** Throws unless both runners give the same numbers to float32 rounding. */
async function assertSame(configuration: Configuration, options: Options = {}, device = gpu) {
  const resident = await evaluate(configuration, { ...options, runner: "resident" }, device);
  const expected = await evaluate(configuration, { ...options, runner: "launches" });
  const scale = Math.max(...expected.map(Math.abs));
  assert(scale > 0);
  expected.forEach((x, i) => {
    assert(Math.abs(resident[i]! - x) <= 2e-6 * scale, `number ${i} is ${resident[i]} instead of ${x}`);
  });
}

const CASES: Readonly<Record<string, readonly [Configuration, Options?]>> = {
  "a rollout": [new Supervised({ numRolloutSteps: 3 })],
  "more rows than lanes": [new Supervised({ numRolloutSteps: 2 }), {
    windows: Array.from({ length: 300 }, (_, i) => ({ sample: i % 3, start: i % 190 })),
  }],
  "frozen parameters": [new Supervised({ numRolloutSteps: 3 }), { stepper: stepper(["first"]) }],
  "a loss of several ops": [new Supervised({ numRolloutSteps: 3, timeLevelLoss: losses.rmse() })],
  "a normalized loss against a state": [
    new DivertedChain({ numRolloutSteps: 4, numBranchSteps: 2, timeLevelLoss: losses.normalizedMse() }),
  ],
  "a residuum": [new Residuum({ numRolloutSteps: 4 })],
};

for (const [name, [configuration, options]] of Object.entries(CASES)) {
  Deno.test(`resident agrees with launches: ${name}`, () => assertSame(configuration, options));
}

for (
  const [numPages, configuration, memory] of [
    [2, new Supervised({ numRolloutSteps: 200 }), { checkpoints: 3 }],
    [3, new DivertedChain({ numRolloutSteps: 190, numBranchSteps: 1 }), "store"],
  ] as const
) {
  Deno.test(`resident agrees with launches: ${numPages} pages`, async () => {
    using calls = new Calls();
    await assertSame(configuration, { memory });
    assertEquals(calls.dispatches.resident, numPages);
  });
}

Deno.test("resident agrees with launches on a device that gives it more lanes than samples, or fewer", async () => {
  for (const maxLanes of [256, 64, 4]) {
    await using device = await withLimits({ maxLanes });
    for (const [configuration, options] of [CASES["a rollout"]!, CASES["more rows than lanes"]!]) {
      await assertSame(configuration, options, device);
    }
  }
});

Deno.test("lanes add up in the workgroup's memory as far as every device has it", () => {
  const fits = (floats: number, lanes: number) =>
    canKeepSums(
      { summed: [{ offset: 0, start: 0, floats, bar: "bar" }] } as Partial<ResidentText> as ResidentText,
      lanes,
    );
  // 16 KiB: 4096 floats, 8 losses of each lane included.
  assertEquals([fits(120, 32), fits(124, 32)], [true, false]);
  assertEquals([fits(8, 256), fits(12, 256)], [true, false]);
});

Deno.test("members of a resident ensemble have the bits of objectives of their own", async () => {
  const members = [stepper(), withBias(0.1)];
  const configuration = new Supervised({ numRolloutSteps: 3 });
  using objective = new EnsembleObjective(gpu, configuration, {
    ensemble: stack(members),
    data: DATA,
    runner: "resident",
  });
  const both = (await objective.valueAndGrad()).map(numbersOf);
  for (const [m, member] of members.entries()) {
    assertEquals(both[m], await evaluate(configuration, { stepper: member, runner: "resident" }));
  }
});

Deno.test("members of a resident ensemble on a folded grid have the same bits, and no member is there twice", async () => {
  const members = [0, 0.1, 0.2].map(withBias);
  const run = async (device: Gpu) => {
    using objective = new EnsembleObjective(device, new Supervised({ numRolloutSteps: 2 }), {
      ensemble: stack(members),
      data: DATA,
      runner: "resident",
    });
    return await objective.valueAndGrad();
  };
  await using folding = await withLimits({ maxGrid: 2 }); // four workgroups for three members
  assertEquals(await run(folding), await run(gpu));
});

Deno.test("resident has one kernel and one dispatch, for 1 step as for 400, and a dispatch for each page beyond", async () => {
  const of = async (numRolloutSteps: number) => {
    using calls = new Calls();
    await using device = await Gpu.request();
    using objective = new Objective(device, new Supervised({ numRolloutSteps }), {
      stepper: STENCIL,
      data: LONG,
      runner: "resident",
    });
    await objective.valueAndGrad();
    const made = ["createShaderModule", "createComputePipeline", "createBindGroup"].map((name) =>
      calls.count(name)
    );
    assertEquals(calls.errors, []);
    return { made, dispatches: calls.dispatches };
  };
  const one = await of(1);
  assertEquals(one, { made: [1, 1, 1], dispatches: { resident: 1 } });
  assertEquals(await of(400), one);
  assertEquals(await of(600), { ...one, dispatches: { resident: 2 } });
});

Deno.test("an update is one dispatch with the optimizer in it, and more where that reads a norm", async () => {
  const dispatches = async (optimizer: Optimizer) => {
    using calls = new Calls();
    await using device = await Gpu.request();
    const options = { optimizer, numTrainingSteps: 1, batchSize: 4, runner: "resident" } as const;
    await new SupervisedTrainer(device, DATA, options).train(steppers.conv(LINEAR_OPTIONS), { key: KEY });
    return calls.dispatches;
  };
  const steps = STEPPING_BUFFERS <= gpu.maxBuffersPerKernel;
  assertEquals(await dispatches(adam(1e-3)), { resident: 1, ...!steps && { optimizer: 1 } });
  assertEquals(await dispatches(chain(clipByGlobalNorm(1), adam(1e-3))), {
    resident: 1,
    sum_squares: 1,
    optimizer: 1,
  });
});

for (const [numRolloutSteps, numPages, numTrainingSteps] of [[2, 1, 40], [500, 2, 5]] as const) {
  Deno.test(`a device that binds too few buffers has the optimizer in a dispatch of its own, with the same bits, ${numPages} pages`, async () => {
    const parameters = {
      ...STENCIL.parameters,
      idle: new NdArray([1, -2, 3]),
      fixed: new NdArray([4]),
    };
    const own = defineStepper<Tree<NdArray>>({
      name: "with parameters that no gradient reaches",
      parameters,
      frozen: ["fixed"],
      forward: (u, p) => ops.conv({ u, w: (p as { weight: Var }).weight }),
    });
    const optimizer = adamw(1e-4, { weightDecay: 10, mask: ["weight", "idle", "fixed"] });
    const run = async (device: Gpu) => {
      const trainer = new SupervisedTrainer(device, LONG, {
        optimizer,
        numRolloutSteps,
        numTrainingSteps,
        batchSize: 5,
        runner: "resident",
      });
      const state = await trainer.train(own, { key: KEY });
      const { idle, fixed } = state.stepper.parameters as typeof parameters;
      assert(Math.abs(idle.data[2]! - 3 * (1 - 1e-3) ** numTrainingSteps) < 1e-5);
      assertEquals(fixed.data[0], 4);
      return stateBits(state);
    };
    await using few = await withLimits({ maxBuffersPerKernel: STEPPING_BUFFERS - 1 });
    using calls = new Calls();
    const apart = await run(few);
    assertEquals(calls.dispatches, {
      resident: numPages * numTrainingSteps,
      optimizer: numTrainingSteps,
    });
    assertEquals(await run(gpu), apart);
  });
}

Deno.test("an optimizer steps parameters where no gradient reaches any", async () => {
  const own = defineStepper<Tree<NdArray>>({
    name: "without weights",
    parameters: { idle: new NdArray([1, -2, 3]) },
    forward: (u) => ops.scale({ u }, { factor: 0.5 }),
  });
  const train = async (runner: "resident" | "launches") => {
    const trainer = new SupervisedTrainer(gpu, DATA, {
      optimizer: adamw(1e-2, { weightDecay: 0.1 }),
      numTrainingSteps: 3,
      batchSize: 5,
      runner,
    });
    const { stepper, lossHistory } = await trainer.train(own, { key: KEY });
    return { idle: [...(stepper.parameters as { idle: NdArray }).idle.data], loss: lossHistory[2]! };
  };
  const resident = await train("resident");
  const launches = await train("launches");
  assertEquals(resident.idle, launches.idle);
  assert(Math.abs(resident.idle[0]! - (1 - 1e-3) ** 3) < 1e-6);
  assert(Math.abs(resident.loss - launches.loss) < 1e-6);
});

Deno.test("a training is not resumed with the other runner", async () => {
  const linear = steppers.conv(LINEAR_OPTIONS);
  const trainer = (runner: "resident" | "launches") =>
    new SupervisedTrainer(gpu, DATA, { optimizer: adam(1e-3), numTrainingSteps: 3, batchSize: 4, runner });
  const state = await trainer("resident").train(linear, { key: KEY });
  assertEquals(state.settings.runner, "resident");
  assertEquals(
    await rejection(trainer("launches").resume({ ...state, update: 2 })),
    'OptionsError: Cannot resume Supervised as runner must be "resident", as in the state: current runner is "launches"',
  );
});

for (const runner of ["resident", "launches"] as const) {
  Deno.test(`a run of ${runner} that stops and goes on has the bits of one that never did`, async () => {
    const linear = steppers.conv(LINEAR_OPTIONS);
    const trainer = new SupervisedTrainer(gpu, DATA, {
      numRolloutSteps: 2,
      optimizer: adam(1e-3),
      numTrainingSteps: 70,
      batchSize: 32,
      runner,
    });
    const whole = await trainer.train(linear, { key: KEY });
    const stop = new AbortController();
    const part = await trainer.train(linear, {
      key: KEY,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    assert(part.update > 0 && part.update < 70);
    assertEquals(stateBits(await trainer.resume(part)), stateBits(whole));
  });
}

Deno.test("what is too large is refused where resident is asked for, and launched where nothing is", () => {
  const wide = steppers.conv({ ...LINEAR_OPTIONS, kernelSize: 401 });
  const data = NdArray.zeros([1, 2, 1, 500]);
  const objective = (options: { runner?: "resident" }) =>
    new Objective(gpu, new Supervised(), { stepper: wide, data, ...options });
  assertEquals(
    thrown(() => objective({ runner: "resident" })),
    'RangeError: Cannot evaluate Supervised as runner: "resident" takes at most 1984 floats in registers: ' +
      "current number is 4820",
  );
  assertStringIncludes(
    objective({}).explain(),
    "Supervised: runner launches (4820 floats in registers are more than 660)\n",
  );
  assertEquals(gpu.buffers, []);
});

Deno.test("explain names the resident runner and why", () => {
  using objective = new Objective(gpu, new Supervised(), PARTS);
  assertStringIncludes(objective.explain(), "Supervised: runner resident (tiny: ");
});
