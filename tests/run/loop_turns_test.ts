/**
 * Adapters that leave the loops of a lane once they have turned a number of times together.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  adam,
  defineOp,
  defineStepper,
  type Gpu,
  GpuError,
  type MemoryPolicy,
  NdArray,
  Objective,
  ops,
  Supervised,
  SupervisedTrainer,
  type Tree,
  type Var,
} from "../../mod.ts";
import { Calls } from "../gpu/spy.ts";
import { gpu } from "../ops/device.ts";
import { KEY, LINEAR, stateBits } from "../training/problem.ts";
import { withLimits } from "./limits.ts";
import { LONG, STENCIL } from "./long.ts";

Deno.test("loops turn as often as the device says that they may", async () => {
  const code = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
    @compute @workgroup_size(4) fn main(@builtin(local_invocation_id) id: vec3u) {
      var turns = 0u;
      for (var i = 0u; i < x[0]; i++) { for (var j = 0u; j < x[1]; j++) { turns += 1u + ((i * j) & x[3]); } }
      if (id.x == 0) { x[2] = turns; }
    }`;
  const sourceAt = () => ({ path: "turns", line: 1, column: 1 });
  const bindings = [{ name: "x", binding: 0, kind: "read_write" }] as const;
  const pipeline = await gpu.pipeline({ label: "turns", text: { code, sourceAt }, bindings });
  using memory = gpu.allocate("x", 16);
  const inner = 100;
  // A loop turns once more to find its end.
  const outer = Math.floor((Math.min(gpu.maxLoopTurns, 100_000) - 1) / (inner + 2));
  gpu.write(memory, Uint32Array.of(outer, inner, 0, 0));
  const launch = { pipeline, bindGroup: gpu.bind(pipeline, { x: { memory } }), grid: [1, 1] } as const;
  gpu.submit("turns", (pass) => pass.launch(launch, []));
  const [read] = await gpu.read([{ memory }]);
  assertEquals(new Uint32Array(read!)[2], outer * inner);
});

for (const [numRolloutSteps, memory] of [[24, "auto"], [60, "auto"], [60, { checkpoints: 3 }]] as const) {
  Deno.test(`a launch holds no more updates than loops may turn: ${numRolloutSteps} steps, ${JSON.stringify(memory)}`, async () => {
    const run = async (device: Gpu, policy: MemoryPolicy) => {
      using calls = new Calls();
      const trainer = new SupervisedTrainer(device, LONG, {
        numRolloutSteps,
        optimizer: adam(1e-4),
        numTrainingSteps: 128,
        batchSize: 64,
        memory: policy,
        runner: "resident",
      });
      const state = await trainer.train(STENCIL, { key: KEY });
      return { bits: stateBits(state), launches: calls.dispatches.resident! };
    };
    const whole = await run(gpu, memory);
    await using one = await withLimits({ maxLoopTurns: 25_000 });
    const apart = await run(one, memory);
    assert(apart.launches > whole.launches, `${apart.launches} launches, and ${whole.launches}`);
    assertEquals(apart.bits, whole.bits);
  });
}

Deno.test("a page holds no more of an update than loops may turn, and a batch that is too large is refused", async () => {
  const windows = Array.from({ length: 40 }, (_, i) => ({ sample: i % 2, start: 3 * i }));
  const evaluate = async (device: Gpu, runner: "resident" | "launches") => {
    using calls = new Calls();
    using objective = new Objective(device, new Supervised({ numRolloutSteps: 30 }), {
      stepper: STENCIL,
      data: LONG,
      windows,
      runner,
    });
    const { loss, grad } = await objective.valueAndGrad();
    return { numbers: [loss, ...grad.weight!.data], launches: calls.dispatches.resident };
  };
  const expected = await evaluate(gpu, "launches");
  await using few = await withLimits({ maxLoopTurns: 1500 });
  const { numbers, launches } = await evaluate(few, "resident");
  assert(launches! > 1);
  expected.numbers.forEach((x, i) => assert(Math.abs(numbers[i]! - x) <= 1e-5 * Math.abs(x)));
  await using none = await withLimits({ maxLoopTurns: 100 });
  const error = await assertRejects(() => evaluate(none, "resident"), GpuError);
  assert(
    /^Cannot compile kernel resident as the loops of a lane must turn at most 100 times on this adapter \(take a smaller batch, or runner: "launches"\): current number of turns is up to \d+$/
      .test(error.message),
    error.message,
  );
  assertEquals(error.label, "resident");
});

Deno.test("loops of an op that stay in the resident kernel count in each of its entries", async () => {
  const slow = defineOp({
    name: "slow",
    inputs: ["u"],
    wgsl: `
      import super::io::{u, setV, vBar, setUBar};
      fn forward(i: u32) { var x = u(i); for (var k = 0; k < 50; k++) { if (x < -1e6) { x += 1.0; } } setV(i, x); }
      fn adjointU(i: u32) { setUBar(i, vBar(i)); }
    `,
    shape: ({ u }) => u,
  });
  const own = defineStepper<Tree<NdArray>>({
    name: "with a slow op",
    parameters: { weight: new NdArray([0.2, 0.7], [1, 1, 2]) },
    forward: (u, p) => slow({ u: ops.conv({ u, w: (p as { weight: Var }).weight }) }),
  });
  const evaluate = async (device: Gpu) => {
    using objective = new Objective(device, new Supervised({ numRolloutSteps: 2 }), {
      stepper: own,
      data: LONG,
      windows: [{ sample: 0, start: 0 }],
      runner: "resident",
    });
    return (await objective.valueAndGrad()).loss;
  };
  assert(await evaluate(gpu) > 0);
  await using few = await withLimits({ maxLoopTurns: 800 }); // an element of the op takes 50
  await assertRejects(
    () => evaluate(few),
    GpuError,
    "Cannot compile kernel resident as the loops of a lane must",
  );
});

Deno.test("a kernel of launches whose loops would turn too often is refused before anything is encoded", async () => {
  await using few = await withLimits({ maxLoopTurns: 12 });
  using calls = new Calls();
  using objective = new Objective(few, new Supervised(), { stepper: LINEAR, data: LONG, runner: "launches" });
  const error = await assertRejects(() => objective.valueAndGrad(), GpuError);
  assert(
    /^Cannot compile kernel conv\.\w+ as the loops of a lane must turn at most 12 times on this adapter \(take a smaller batch or field, or a GPU\): current number of turns is up to \d+$/
      .test(error.message),
    error.message,
  );
  assertEquals(calls.dispatches, {});
});
