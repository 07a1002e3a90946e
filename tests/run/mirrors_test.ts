/**
 * Mirrors: what is copied to textures, and that it changes no bit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  adam,
  type AnyStepper,
  Gpu,
  Objective,
  type ObjectiveOptions,
  ops,
  random,
  sampleData,
  stack,
  steppers,
  Supervised,
  SupervisedTrainer,
} from "../../mod.ts";
import type { Slot } from "../../src/run/locations.ts";
import { mirroredFrom, Mirrors } from "../../src/run/mirrors.ts";
import { replaced } from "../gpu/spy.ts";
import { prepare } from "../ops/use.ts";
import { withLimits, withRows } from "./limits.ts";
import { treeBits } from "../training/problem.ts";

const DATA = sampleData.advection1dPeriodic({
  numPoints: 128,
  numSamples: 20,
  temporalHorizon: 4,
  key: random.key(0),
});
const netOf = (seed: number, hiddenChannels = 32) =>
  steppers.classicResNet({
    spatialDims: 1,
    inChannels: 1,
    outChannels: 1,
    hiddenChannels,
    numBlocks: 2,
    key: random.key(seed),
  });

async function gradient(gpu: Gpu, options: Partial<ObjectiveOptions<never>> = {}) {
  const configuration = new Supervised({ numRolloutSteps: 2 });
  using objective = new Objective(gpu, configuration, {
    stepper: netOf(1) as AnyStepper as never,
    data: DATA,
    ...options,
  });
  const { grad, loss, timeLevelLosses } = await objective.valueAndGrad();
  const textures = gpu.buffers.map(({ label }) => label).filter((label) => label.startsWith("mirror"));
  const { total } = objective.memory();
  assertEquals(gpu.bytes, total);
  return { bits: [loss, ...timeLevelLosses, JSON.stringify(treeBits(grad))], textures };
}

for (const memory of ["store", "recompute"] as const) {
  Deno.test(`a gradient read from mirrors has the bits of one without, ${memory}`, async () => {
    await using none = await withRows(0);
    await using some = await Gpu.request();
    const [plain, mirrored] = [await gradient(none, { memory }), await gradient(some, { memory })];
    assertEquals(plain.textures, []);
    assertEquals(mirrored.textures.sort(), ["mirror u 4096", "mirror vBar 4096"]);
    assert(plain.bits.join() === mirrored.bits.join());
  });
}

Deno.test("members train from mirrors as without, and a profile changes nothing", async () => {
  const train = async (gpu: Gpu) => {
    const trainer = new SupervisedTrainer(gpu, DATA, {
      numRolloutSteps: 1,
      optimizer: adam(1e-3),
      numTrainingSteps: 3,
      batchSize: 20,
    });
    const states = await trainer.trainEnsemble(stack([netOf(1), netOf(2)]), {
      keys: [random.key(3), random.key(4)],
    });
    return states.map(({ stepper, lossHistory }) =>
      `${lossHistory.join()} ${JSON.stringify(treeBits(stepper.parameters))}`
    )
      .join();
  };
  await using none = await withRows(0);
  await using some = await Gpu.request();
  await using timed = await Gpu.request({ profile: true });
  const plain = await train(none);
  assert(await train(some) === plain);
  assert(await train(timed) === plain);
});

Deno.test("a gradient has the same bits where more lanes run together", async () => {
  const texts: string[] = [];
  using _ = replaced(GPUDevice.prototype, "createShaderModule", (create) =>
    function (descriptor) {
      texts.push(descriptor.code);
      return create.call(this, descriptor);
    });
  const run = async (vectorLanes: number) => {
    await using gpu = await withLimits({ vectorLanes });
    texts.length = 0;
    const { bits } = await gradient(gpu);
    const blocked = texts.filter((text) => text.includes("use_conv_block__forward"));
    return {
      bits: bits.join(),
      lanes: new Set(blocked.map((text) => text.match(/@workgroup_size\((\d+)\)/)![1])),
    };
  };
  const [few, many] = [await run(8), await run(64)];
  assertEquals([few.lanes, many.lanes], [new Set(["16"]), new Set(["64"])]);
  assert(few.bits === many.bits);
});

Deno.test("what is read a few times only, or too large for a texture, is not copied", async () => {
  await using gpu = await Gpu.request();
  const few = await gradient(gpu, { stepper: netOf(1, 4) as AnyStepper as never });
  assertEquals(few.textures, []);
  await using narrow = await withRows(79); // 20 samples of 4096 floats take 80 rows
  assertEquals((await gradient(narrow)).textures, []);
  await using wide = await withRows(80);
  assertEquals((await gradient(wide)).textures.length, 2);
});

Deno.test("an update copies once for all calls of a layer that follow each other", async () => {
  await using gpu = await Gpu.request();
  const copies: string[] = [];
  using _ = replaced(
    GPUCommandEncoder.prototype,
    "copyBufferToTexture",
    (copy) =>
      function (source, target, size) {
        copies.push(`${source.buffer.label} to ${target.texture.label}`);
        return copy.call(this, source, target, size);
      },
  );
  await gradient(gpu);
  // u and vBar of two layers in each of two blocks, in two steps.
  assertEquals(copies.length, 2 * 4 * 2, copies.join("\n"));
});

Deno.test("a mirror is copied from the slot that the action's record names", () => {
  const record = { inputs: [3, 5, 0, 0], outputBar: 2, activations: 4 };
  const from = (slot: Slot | null) => mirroredFrom({ slot, floats: 10 }, record);
  assertEquals(
    [
      from({ field: "inputs", index: 1 }),
      from({ field: "outputBar" }),
      from({ field: "activations" }),
      from(null),
    ],
    [200, 80, 160, 0],
  );
});

Deno.test("what lies in the data, and what a loss reads, has no mirror", () => {
  const texturesOf = (role: "state" | "snapshot", reduction?: "mean") => {
    const { unit } = prepare({
      name: "conv",
      inputs: {
        u: { role, shape: [32, 128] },
        w: { role: "parameter", shape: [32, 32, 3] },
        b: { role: "parameter", shape: [32] },
      },
      call: ({ u, w, b }) => ops.conv({ u: u!, w: w!, b: b! }),
      ...reduction && { reduction },
    });
    return [...new Mirrors(unit, 60, 2 ** 13).textures.keys()].sort();
  };
  assertEquals(texturesOf("state"), ["mirror u 4096", "mirror vBar 4096"]);
  assertEquals(texturesOf("snapshot"), ["mirror vBar 4096"]);
  assertEquals(texturesOf("state", "mean"), []);
});
