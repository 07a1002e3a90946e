import { assert, assertEquals, assertRejects } from "@std/assert";
import { Supervised } from "../../src/configurations/mod.ts";
import { DisposedError, GpuError } from "../../src/errors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Objective, type ObjectiveOptions } from "../../src/run/objective.ts";
import { DATA, type Parameters, stepper } from "./problem.ts";

const objectiveOn = (
  gpu: Gpu,
  numRolloutSteps: number,
  options: Partial<ObjectiveOptions<Parameters>> = {},
) => new Objective(gpu, new Supervised({ numRolloutSteps }), { stepper: stepper(), data: DATA, ...options });

Deno.test("memory counts ahead what the ledger then holds", async () => {
  await using gpu = await Gpu.request();
  for (const [numRolloutSteps, memory] of [[1, "store"], [7, "store"], [7, "recompute"]] as const) {
    using objective = objectiveOn(gpu, numRolloutSteps, { memory });
    const { total } = objective.memory();
    await objective.valueAndGrad();
    assertEquals(gpu.bytes, total);
  }
});

Deno.test("an objective runs in the bytes that it says it takes", async () => {
  await using free = await Gpu.request();
  const { total } = objectiveOn(free, 5).memory();
  await using gpu = await Gpu.request({ maxBytes: total });
  using objective = objectiveOn(gpu, 5);
  const { loss } = await objective.valueAndGrad();
  assert(Number.isFinite(loss));
});

Deno.test("an objective that does not fit says by how much, what would fit, and allocates nothing", async () => {
  await using free = await Gpu.request();
  const windows = Array.from({ length: 40 }, (_, i) => ({ sample: i % 3, start: i }));
  const stored = objectiveOn(free, 150, { windows }).memory().total;
  const recomputed = objectiveOn(free, 150, { windows, memory: "recompute" }).memory().total;
  assert(recomputed < stored);
  const bound = Math.floor((stored + recomputed) / 2);
  await using gpu = await Gpu.request({ maxBytes: bound });
  using objective = objectiveOn(gpu, 150, { windows });
  const error = await assertRejects(() => objective.valueAndGrad(), GpuError);
  const start =
    `Cannot evaluate Supervised as its buffers must fit in the ${bound} bytes left of maxBytes=${bound} ` +
    `(memory: "recompute" would, with ${recomputed} bytes): current sum is ${stored} bytes, the largest buffer being `;
  assertEquals(error.message.slice(0, start.length), start);
  assertEquals(gpu.buffers, []);
  await using tiny = await Gpu.request({ maxBytes: 1000 });
  using hopeless = objectiveOn(tiny, 150);
  const { message } = await assertRejects(() => hopeless.valueAndGrad(), GpuError);
  assert(message.includes("bytes left of maxBytes=1000 (no option would): current sum is"), message);
  assertEquals(tiny.buffers, []);
});

Deno.test("a disposed objective refuses to run and holds nothing", async () => {
  await using gpu = await Gpu.request();
  const objective = objectiveOn(gpu, 2);
  const running = objective.valueAndGrad();
  await running;
  objective[Symbol.dispose]();
  objective[Symbol.dispose]();
  assertEquals(gpu.buffers, []);
  const error = await assertRejects(async () => await objective.evaluate(), DisposedError);
  assertEquals(
    error.message,
    "Cannot evaluate Objective as it must not be disposed: current state is disposed",
  );
});

Deno.test("an objective that is disposed while it runs leaves nothing behind", async () => {
  await using gpu = await Gpu.request();
  const objective = objectiveOn(gpu, 2);
  const running = objective.valueAndGrad().catch((error) => error);
  await Promise.resolve();
  objective[Symbol.dispose]();
  await running;
  assertEquals(gpu.buffers, []);
});
