/**
 * Bytes: what an objective counts ahead is what lies on the device, and a cap holds.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Configuration,
  DivertedChain,
  Gpu,
  type MemoryReport,
  Objective,
  ops,
  Residuum,
  Supervised,
  type Var,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { countCalls } from "../training/device_calls.ts";
import { bits, DATA, LINEAR, NET, rejection, treeBits } from "../training/problem.ts";

type Kinds = Omit<MemoryReport, "total" | "recomputedApplications">;

/** What a buffer holds, by its label. */
const KINDS: readonly (readonly [RegExp, keyof Kinds])[] = [
  [/^(parameters|gradient|partials|.* constants|.* packed)$/, "parameters"],
  [/^(states|cotangents) \d+$|^(losses|samples)$/, "states"],
  [/^[fl]\d+ x\d+$|^scratch \d+ \d+$|^mirror \w+ \d+$/, "activations"],
  [/^data(Texels)?$/, "data"],
  [/^(action|update|windows|history|isMean|stops|page|span|.* packed (order|records))$/, "tables"],
];

/** The bytes of the live buffers by kind. */
function ledger(device: Gpu): Kinds & { total: number } {
  const kinds = { parameters: 0, states: 0, activations: 0, data: 0, optimizer: 0, tables: 0 };
  for (const { label, bytes } of device.buffers) {
    const [, kind] = KINDS.find(([pattern]) => pattern.test(label)) ?? [];
    assert(kind, `buffer ${label} is of no kind`);
    kinds[kind] += bytes;
  }
  return { ...kinds, total: device.bytes };
}

const step = (u: Var): Var => ops.scale({ u: ops.relu({ u }) }, { factor: 0.5 });
const residuum = (next: Var, previous: Var): Var => ops.sub({ a: next, b: step(previous) });
const PARTS = {
  stepper: NET,
  data: DATA,
  refStepper: step,
  residuum,
  memory: "store",
  runner: "launches",
} as const;

const CONFIGURATIONS: readonly Configuration[] = [
  new Supervised({ numRolloutSteps: 5 }),
  new Supervised({ numRolloutSteps: 6, cutBptt: true, cutBpttEvery: 2 }),
  new DivertedChain({ numRolloutSteps: 4, numBranchSteps: 2 }),
  new Residuum({ numRolloutSteps: 3 }),
];

for (const configuration of CONFIGURATIONS) {
  for (
    const [memory, runner] of [
      ["store", "launches"],
      ["recompute", "launches"],
      ["store", "resident"],
      ["recompute", "resident"],
    ] as const
  ) {
    const { numRolloutSteps } = configuration as Supervised;
    const name = `${configuration.name} over ${numRolloutSteps} steps, ${memory}, ${runner}`;
    Deno.test(`memory() counts the bytes of ${name}`, async () => {
      using objective = new Objective(gpu, configuration, { ...PARTS, memory, runner });
      const { recomputedApplications, ...report } = objective.memory();
      assertEquals(gpu.buffers, []);
      await objective.valueAndGrad();
      assertEquals<unknown>(ledger(gpu), report);
      assertEquals(recomputedApplications > 0, memory === "recompute");
      objective[Symbol.dispose]();
      assertEquals(gpu.buffers, []);
    });
  }
}

Deno.test("the ledger has the sizes of the buffers that were created", async () => {
  const { createBuffer, createTexture } = GPUDevice.prototype;
  const sizes = new Map<string, number>();
  GPUDevice.prototype.createTexture = function (descriptor) {
    const [width, height] = descriptor.size as [number, number];
    sizes.set(descriptor.label!, 16 * width * height);
    return createTexture.call(this, descriptor);
  };
  GPUDevice.prototype.createBuffer = function (descriptor) {
    sizes.set(descriptor.label!, descriptor.size);
    return createBuffer.call(this, descriptor);
  };
  try {
    using objective = new Objective(gpu, CONFIGURATIONS[0]!, PARTS);
    await objective.valueAndGrad();
    sizes.delete("read back");
    assertEquals(gpu.buffers.map(({ label, bytes }) => [label, bytes]), [...sizes]);
  } finally {
    Object.assign(GPUDevice.prototype, { createBuffer, createTexture });
  }
});

Deno.test("recompute keeps fewer activations, and as many of all else", () => {
  const configuration = new Supervised({ numRolloutSteps: 7 });
  const report = (memory: "store" | "recompute") =>
    new Objective(gpu, configuration, { ...PARTS, memory }).memory();
  const [store, recompute] = [report("store"), report("recompute")];
  assertEquals([store.recomputedApplications, recompute.recomputedApplications], [0, 6]);
  assert(recompute.activations < 0.6 * store.activations, `${recompute.activations} of ${store.activations}`);
  for (const kind of ["parameters", "data", "optimizer"] as const) {
    assertEquals(recompute[kind], store[kind]);
  }
  assert(recompute.total < store.total);
});

Deno.test("stored activations grow with the rollout, and those of recompute do not", () => {
  const activations = (numRolloutSteps: number, memory: "store" | "recompute") =>
    new Objective(gpu, new Supervised({ numRolloutSteps }), { ...PARTS, memory }).memory().activations;
  const [one, three, five] = [1, 3, 5].map((steps) => activations(steps, "store"));
  assertEquals(five! - three!, three! - one!);
  // two hidden layers of 3 channels with 11 points, padded to 36 floats, for 3 samples and 2 more steps
  assertEquals(three! - one!, 2 * 2 * 36 * 3 * 4);
  assertEquals(activations(2, "recompute"), activations(7, "recompute"));
});

Deno.test("a stepper without hidden layers has nothing to compute again", async () => {
  const configuration = new Supervised({ numRolloutSteps: 5 });
  const run = async (memory: "store" | "recompute") => {
    using objective = new Objective(gpu, configuration, {
      stepper: LINEAR,
      data: DATA,
      memory,
      runner: "launches",
    });
    const { grad, loss } = await objective.valueAndGrad();
    return { loss, grad: treeBits(grad), activations: objective.memory().activations };
  };
  assertEquals(await run("recompute"), await run("store"));
});

Deno.test("evaluating without a gradient takes less, and the gradient after it takes what was counted", async () => {
  using objective = new Objective(gpu, CONFIGURATIONS[0]!, PARTS);
  const { timeLevelLosses } = await objective.evaluate();
  const { total } = objective.memory();
  assert(gpu.bytes < 0.8 * total, `${gpu.bytes} of ${total}`);
  assert(!gpu.buffers.some(({ label }) => /partials|cotangents|~$/.test(label)));
  const gradient = await objective.valueAndGrad();
  const bytes = gpu.bytes;
  assertEquals(
    bits(gradient.timeLevelLosses as Float32Array<ArrayBuffer>),
    bits(timeLevelLosses as Float32Array<ArrayBuffer>),
  );
  await objective.evaluate();
  assertEquals(gpu.bytes, bytes);
});

Deno.test("as many bytes as memory() counts are enough", async () => {
  const { total } = new Objective(gpu, CONFIGURATIONS[0]!, PARTS).memory();
  await using small = await Gpu.request({ maxBytes: total });
  using objective = new Objective(small, CONFIGURATIONS[0]!, PARTS);
  const { loss } = await objective.valueAndGrad();
  assert(loss > 0);
});

Deno.test("fewer bytes are refused before anything is created, with the largest buffer and what would fit", async () => {
  const configuration = new Supervised({ numRolloutSteps: 7 });
  const report = (memory: "store" | "recompute") =>
    new Objective(gpu, configuration, { ...PARTS, memory }).memory().total;
  const [store, recompute] = [report("store"), report("recompute")];
  const largest = "the largest buffer being action with ";
  for (const maxBytes of [store - 1, recompute]) {
    await using small = await Gpu.request({ maxBytes });
    using objective = new Objective(small, configuration, PARTS);
    const calls = await countCalls(async () => {
      const message = await rejection(objective.valueAndGrad());
      assert(
        message.startsWith(
          `GpuError: Cannot evaluate Supervised as its buffers must fit in the ${maxBytes} bytes left of ` +
            `maxBytes=${maxBytes} (memory: "recompute" would, with ${recompute} bytes): ` +
            `current sum is ${store} bytes, ${largest}`,
        ),
        message,
      );
    });
    assertEquals(calls, { mapAsync: 0, submit: 0, dispatch: 0, createBuffer: 0 });
    assertEquals(small.buffers, []);
  }
  await using tiny = await Gpu.request({ maxBytes: 2000 });
  using objective = new Objective(tiny, configuration, { ...PARTS, memory: "recompute" });
  const message = await rejection(objective.valueAndGrad());
  assert(/^GpuError: Cannot evaluate Supervised as .*maxBytes=2000/.test(message), message);
  assert(message.includes(`current sum is ${recompute} bytes, ${largest}`), message);
});

Deno.test("what others hold on the device counts", async () => {
  const { total } = new Objective(gpu, CONFIGURATIONS[0]!, PARTS).memory();
  await using small = await Gpu.request({ maxBytes: 2 * total });
  const objectives = [1, 2].map(() => new Objective(small, CONFIGURATIONS[0]!, PARTS));
  await objectives[0]!.valueAndGrad();
  const other = small.allocate("other", 4096);
  const message = await rejection(objectives[1]!.valueAndGrad());
  assert(
    message.includes(`must fit in the ${2 * total - small.bytes} bytes left of maxBytes=${2 * total}`),
    message,
  );
  other[Symbol.dispose]();
  objectives[0]![Symbol.dispose]();
  await objectives[1]!.valueAndGrad();
});

Deno.test("an objective that is disposed while it is evaluated leaves no buffers", async () => {
  for (const [action, name] of [["evaluate", "value"], ["valueAndGrad", "gradient"]] as const) {
    const objective = new Objective(gpu, CONFIGURATIONS[0]!, PARTS);
    const running = rejection(objective[action]());
    await Promise.resolve();
    objective[Symbol.dispose]();
    const message = await running;
    assert(
      [
        "nothing was thrown",
        "DisposedError: Cannot evaluate Objective as it must not be disposed: current state is disposed",
      ]
        .includes(message),
      `${name}: ${message}`,
    );
    assertEquals(gpu.buffers, []);
  }
});
