/**
 * The times of kernels: what was launched, with the same bits, and nothing left behind.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Gpu, GpuError, Objective, Supervised } from "../../mod.ts";
import { texelCopy } from "../../src/gpu/pass.ts";
import { Calls, replaced } from "./spy.ts";
import { DATA, stepper } from "./problem.ts";

async function evaluate(gpu: Gpu, numRolloutSteps: number) {
  using objective = new Objective(gpu, new Supervised({ numRolloutSteps }), {
    stepper: stepper(),
    data: DATA,
    runner: "launches",
  });
  return await objective.valueAndGrad();
}

for (const numRolloutSteps of [3, 200]) {
  Deno.test(`a profile counts the launches of ${numRolloutSteps} steps, with the same bits`, async () => {
    await using plain = await Gpu.request();
    const expected = await evaluate(plain, numRolloutSteps);
    assertEquals(await plain.kernelTimes(), []);

    using calls = new Calls();
    await using gpu = await Gpu.request({ profile: true });
    assertEquals(await evaluate(gpu, numRolloutSteps), expected);
    const times = await gpu.kernelTimes();
    const launches = Object.fromEntries(times.map(({ kernel, launches }) => [kernel, launches]));
    assertEquals(launches, calls.dispatches);
    assertEquals(launches["conv.forward"], numRolloutSteps); // the other layer is conv_block's
    for (const { kernel, milliseconds } of times) {
      assert(Number.isFinite(milliseconds) && milliseconds >= 0, `${kernel} took ${milliseconds} ms`);
    }
    assert(times[0]!.milliseconds > 0);
    assertEquals(times.map((t) => t.milliseconds), times.map((t) => t.milliseconds).sort((a, b) => b - a));
    assertEquals([gpu.buffers, calls.errors], [[], []]);

    await evaluate(gpu, 1);
    const after = Object.fromEntries((await gpu.kernelTimes()).map((t) => [t.kernel, t.launches]));
    assertEquals(after["conv.forward"], numRolloutSteps + 1);
  });
}

Deno.test("a profile copies what stands before, between and behind launches, and where there are none", async () => {
  await using gpu = await Gpu.request({ profile: true });
  using source = gpu.allocate("source", 4096);
  using target = gpu.allocateTexels("target", 256, 1);
  const code = "@group(0) @binding(0) var<storage, read_write> x: array<f32>; " +
    "@compute @workgroup_size(1) fn main() { x[0] = 1.0; }";
  const bindings = [{ name: "x", binding: 0, kind: "read_write" }] as const;
  const sourceAt = () => ({ path: "one", line: 1, column: 1 });
  const pipeline = await gpu.pipeline({ label: "one", text: { code, sourceAt }, bindings });
  const launch = {
    pipeline,
    bindGroup: gpu.bind(pipeline, { x: { memory: source } }),
    grid: [1, 1],
  } as const;
  const copy = texelCopy(source, 0, target, 256);
  const steps: string[] = [];
  const noting = (owner: object, name: string) =>
    replaced(owner, name, (original) =>
      function (...args) {
        steps.push(name);
        return original.apply(this, args);
      });
  using _copies = noting(GPUCommandEncoder.prototype, "copyBufferToTexture");
  using _launches = noting(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
  gpu.submit("some", (pass) => {
    pass.copyTexels(copy);
    pass.launch(launch, []);
    pass.copyTexels(copy);
    pass.launch(launch, []);
    pass.copyTexels(copy);
  });
  gpu.submit("none", (pass) => pass.copyTexels(copy));
  await gpu.settled();
  const [copied, launched] = ["copyBufferToTexture", "dispatchWorkgroups"];
  assertEquals(steps, [copied, launched, copied, launched, copied, copied]);
  assertEquals((await gpu.kernelTimes()).map(({ launches }) => launches), [2]);
});

Deno.test("a profile is refused where the device has no timestamps, and options that are none", async () => {
  const title = "Cannot request Gpu as profile";
  await assertRejects(() => Gpu.request({ profile: "yes" as never }), RangeError, `${title} must be`);
  using _ = replaced(GPUSupportedFeatures.prototype, "has", () => () => false);
  await assertRejects(
    () => Gpu.request({ profile: true }),
    GpuError,
    `${title}: true needs the feature timestamp-query: current adapter lacks it`,
  );
});
