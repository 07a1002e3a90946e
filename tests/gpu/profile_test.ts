/**
 * The times of kernels: what was launched, with the same bits, and nothing left behind.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Gpu, GpuError, Objective, Supervised } from "../../mod.ts";
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
