import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  defineStepper,
  DivertedChain,
  Gpu,
  GpuError,
  type MemoryPolicy,
  NdArray,
  Objective,
  ops,
  random,
  sampleData,
  Supervised,
  type Var,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";

const data = sampleData.advection1dPeriodic({
  numPoints: 13,
  numSamples: 3,
  temporalHorizon: 30,
  key: random.key(0),
});
const weights = (shape: number[], seed: number) =>
  random.uniform(random.key(seed), shape, { minval: -0.5, maxval: 0.5 });
const stepper = defineStepper({
  name: "two layers",
  parameters: { first: weights([8, 1, 3], 1), second: weights([1, 8, 3], 2) },
  forward: (u, p) => ops.conv({ u: ops.tanh({ u: ops.conv({ u, w: p.first }) }), w: p.second }),
});
const refStepper = (u: Var) => ops.scale({ u }, { factor: 0.9 });
const objective = (memory: MemoryPolicy, numRolloutSteps = 20, device = gpu) =>
  new Objective(device, new Supervised({ numRolloutSteps }), { stepper, data, memory, runner: "launches" });

Deno.test("every policy gives the loss and gradient of store, bit for bit", async () => {
  const configurations = [
    new Supervised({ numRolloutSteps: 11 }),
    new Supervised({
      numRolloutSteps: 11,
      cutBptt: true,
      cutBpttEvery: 4,
      timeLevelWeights: [...Array(11).keys()],
    }),
    new DivertedChain({ numRolloutSteps: 9, numBranchSteps: 3 }),
  ];
  for (const configuration of configurations) {
    const run = async (memory: MemoryPolicy) => {
      using o = new Objective(gpu, configuration, { stepper, data, refStepper, memory, runner: "launches" });
      return await o.valueAndGrad();
    };
    const store = await run("store");
    assert(store.loss > 0 && store.grad.first.data.some((x) => x !== 0));
    for (
      const memory of ["recompute", "auto", { checkpoints: 0 }, { checkpoints: 1 }, { checkpoints: 4 }, {
        checkpoints: 100,
      }] as const
    ) assertEquals(await run(memory), store);
  }
});

Deno.test("activations under checkpoints are those of one application, and states do not grow with R", () => {
  const [short, long] = [20, 29].map((R) => objective({ checkpoints: 3 }, R).memory());
  assertEquals(long!.activations, short!.activations);
  assertEquals(long!.states - short!.states, 112); // the losses of 3 samples and 9 more time levels, padded to 16
  assertEquals(objective("recompute", 29).memory().activations, long!.activations);
  assert(objective("store", 29).memory().activations > 8 * long!.activations);
});

Deno.test("recomputed applications are those of the schedule", () => {
  assertEquals(objective("store").memory().recomputedApplications, 0);
  assertEquals(objective("recompute").memory().recomputedApplications, 19);
  assertEquals(objective({ checkpoints: 0 }).memory().recomputedApplications, 190);
});

Deno.test("bytes takes the fastest schedule that fits", () => {
  const [store, recompute] = (["store", "recompute"] as const).map((memory) =>
    objective(memory).memory().total
  ) as [
    number,
    number,
  ];
  assert(store > recompute);
  const chosen = (bytes: number) => objective({ bytes }).memory();
  assertEquals(chosen(store).total, store);
  assertEquals(chosen(store - 1).total, recompute);
  assertEquals(chosen(recompute).recomputedApplications, 19);
  const eight = objective({ checkpoints: 8 }).memory();
  assertEquals(chosen(eight.total), eight);
  assertEquals(chosen(eight.total - 1), objective({ checkpoints: 4 }).memory());
});

Deno.test("auto keeps to half of what maxBytes leaves", async () => {
  const store = objective("store").memory().total;
  await using roomy = await Gpu.request({ maxBytes: 2 * store });
  assertEquals(objective("auto", 20, roomy).memory().total, store);
  await using tight = await Gpu.request({ maxBytes: 2 * store - 2 });
  assertEquals(objective("auto", 20, tight).memory(), objective("recompute").memory());
  using evaluated = objective("auto", 20, tight);
  const { loss } = await evaluated.valueAndGrad();
  using other = objective("store");
  assertEquals(loss, (await other.valueAndGrad()).loss);
});

Deno.test("what fits nowhere is refused, with what would be needed", async () => {
  const least = objective({ checkpoints: 1 }).memory().total;
  using small = objective({ bytes: 1000 });
  await assertRejects(
    () => small.valueAndGrad(),
    GpuError,
    `Cannot evaluate Supervised as its buffers must fit in memory: { bytes: 1000 }: ` +
      `current sum is ${least} bytes even with memory: { checkpoints: 1 }`,
  );
  const maxBytes = objective("recompute").memory().total;
  await using capped = await Gpu.request({ maxBytes });
  using large = objective("store", 20, capped);
  const { total } = objective("store").memory();
  await assertRejects(
    () => large.valueAndGrad(),
    GpuError,
    `Cannot evaluate Supervised as its buffers must fit in the ${maxBytes} bytes left of maxBytes=${maxBytes} ` +
      `(memory: "recompute" would, with ${maxBytes} bytes): current sum is ${total} bytes, the largest buffer being `,
  );
  assertEquals(capped.buffers, []);
});

Deno.test("policies that do not hold are refused", async () => {
  for (
    const memory of [{ checkpoints: -1 }, { checkpoints: 0.5 }, { bytes: 0 }, {}, {
      bytes: 1,
      checkpoints: 1,
    }, 3]
  ) {
    await assertRejects(
      // deno-lint-ignore require-await
      async () => objective(memory as never),
      RangeError,
      'Cannot evaluate Supervised as memory must be "store", "recompute", "auto", { checkpoints: an integer >= 0 } or ' +
        "{ bytes: an integer >= 1 }: current memory is ",
    );
  }
  assert(NdArray !== undefined);
});
