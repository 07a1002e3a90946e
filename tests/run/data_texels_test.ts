/**
 * Snapshots that the resident kernel reads from a texture, and that it changes no bit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { adam, Gpu, Objective, random, Supervised, SupervisedTrainer } from "../../mod.ts";
import { LARGE, PLACES } from "../training/places.ts";
import { LINEAR, treeBits } from "../training/problem.ts";
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

Deno.test("training from texels has the bits of one from a buffer, wherever the trajectories lie", async () => {
  const trainer = (gpu: Gpu) =>
    new SupervisedTrainer(gpu, LARGE, {
      numRolloutSteps: 3,
      optimizer: adam(1e-3),
      numTrainingSteps: 70,
      batchSize: 20,
      runner: "resident",
    });
  const train = async (place: keyof typeof PLACES, gpu: Gpu) => {
    assert(PLACES[place].says.test(trainer(gpu).explain(LINEAR)));
    let isThere: boolean | null = null;
    const onProgress = () => void (isThere = hasTexels(gpu));
    const { stepper, lossHistory } = await trainer(gpu).train(LINEAR, { key: random.key(3), onProgress });
    assertEquals(isThere, gpu.maxTextureRows > 0);
    return [lossHistory.join(), JSON.stringify(treeBits(stepper.parameters))];
  };
  await using none = await withRows(0);
  const expected = await train("whole", none);
  await using whole = await Gpu.request();
  assertEquals(await train("whole", whole), expected);
  await using streamed = await Gpu.request({ maxBytes: trainer(whole).memory(LINEAR).total - 1 });
  assertEquals(await train("streamed", streamed), expected);
  await using slabs = await Gpu.request({ maxBindingBytes: 50_000 });
  assertEquals(await train("slabs", slabs), expected);
});
