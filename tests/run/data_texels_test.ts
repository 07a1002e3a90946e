/**
 * Snapshots that the resident kernel reads from a texture, and that it changes no bit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  adam,
  Gpu,
  type MemoryPolicy,
  Objective,
  random,
  stack,
  steppers,
  Supervised,
  SupervisedTrainer,
} from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { LARGE, PLACES } from "../training/places.ts";
import { KEY, LINEAR, LINEAR_OPTIONS, treeBits } from "../training/problem.ts";
import { withRows } from "./limits.ts";

/** The texture of the first 4 of 40 snapshots of 40 trajectories, 12 floats each; a row has 1024. */
const ROWS = 2;

const hasTexels = (gpu: Gpu) => gpu.buffers.some(({ label }) => label === "dataTexels");

Deno.test("a gradient from texels has the bits of one from a buffer, where the data fit in a texture", async () => {
  const gradient = async (gpu: Gpu) => {
    using objective = new Objective(gpu, new Supervised({ numRolloutSteps: 3 }), {
      stepper: LINEAR,
      data: LARGE,
      runner: "resident",
    });
    const { loss, grad } = await objective.valueAndGrad();
    return { bits: [loss, JSON.stringify(treeBits(grad))], hasTexels: hasTexels(gpu) };
  };
  await using none = await withRows(0);
  await using narrow = await withRows(ROWS - 1);
  await using wide = await withRows(ROWS);
  const expected = await gradient(none);
  assert(!expected.hasTexels);
  assertEquals(await gradient(narrow), expected);
  assertEquals(await gradient(wide), { ...expected, hasTexels: true });
});

const trainer = (gpu: Gpu, memory: MemoryPolicy = "auto") =>
  new SupervisedTrainer(gpu, LARGE, {
    numRolloutSteps: 3,
    optimizer: adam(1e-3),
    numTrainingSteps: 70,
    batchSize: 20,
    runner: "resident",
    memory,
  });

/** Whether texels were there, and the bits. */
async function train(place: keyof typeof PLACES, gpu: Gpu, memory?: MemoryPolicy) {
  const says = trainer(gpu, memory).explain(LINEAR);
  assert(PLACES[place].says.test(says), says);
  let isThere = false;
  const onProgress = () => void (isThere = hasTexels(gpu));
  const { stepper, lossHistory } = await trainer(gpu, memory).train(LINEAR, { key: KEY, onProgress });
  return [isThere, lossHistory.join(), JSON.stringify(treeBits(stepper.parameters))];
}

Deno.test("training from texels has the bits of one from a buffer, wherever the trajectories lie", async () => {
  await using none = await withRows(0);
  const [isThere, ...bits] = await train("whole", none);
  assert(!isThere);
  const expected = [gpu.maxTextureRows > 0, ...bits];
  assertEquals(await train("whole", gpu), expected);
  const { total } = trainer(none).memory(LINEAR);
  await using streamed = await Gpu.request({ maxBytes: total - 1 });
  assertEquals(await train("streamed", streamed, "store"), expected);
  await using slabs = await Gpu.request({ maxBindingBytes: 50_000 });
  assertEquals(await train("slabs", slabs), expected);
  await using timed = await Gpu.request({ profile: true });
  assertEquals(await train("whole", timed), expected);
});

Deno.test("texels give way where only they do not fit", async () => {
  await using none = await withRows(0);
  const [, ...bits] = await train("whole", none);
  const { total } = trainer(none).memory(LINEAR);
  assertEquals(await train("whole", gpu, { bytes: total }), [false, ...bits]);
  await using small = await Gpu.request({ maxBytes: total });
  assertEquals(await train("whole", small, "store"), [false, ...bits]);
});

Deno.test("members train from texels as from a buffer", async () => {
  const states = async (gpu: Gpu) => {
    const members = stack([1, 2].map((seed) => steppers.conv({ ...LINEAR_OPTIONS, key: random.key(seed) })));
    const trained = await trainer(gpu).trainEnsemble(members, { keys: [KEY, random.key(4)] });
    return trained.map(({ stepper }) => JSON.stringify(treeBits(stepper.parameters)));
  };
  await using none = await withRows(0);
  assertEquals(await states(gpu), await states(none));
});
