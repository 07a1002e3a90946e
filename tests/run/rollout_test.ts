/**
 * Rollouts are a stepper applied again and again.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { defineStepper, Gpu, NdArray, ops, random, rollout, steppers, type Tree } from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import { countCalls } from "../training/device_calls.ts";
import { bits, LINEAR_OPTIONS, NET, rejection } from "../training/problem.ts";

/** The convolution of `steppers.conv` in float64, one sample, one channel, periodic. */
function applyTaps(u: Float64Array, weight: Float32Array, bias: number): Float64Array {
  const taps = weight.length;
  const pad = Math.floor((taps - 1) / 2);
  return u.map((_, n) => {
    let sum = bias;
    weight.forEach((w, k) => sum += w * u[(n + k - pad + u.length) % u.length]!);
    return sum;
  });
}

/** A stepper of three taps that keeps the size of states. */
const TAPS = steppers.conv(LINEAR_OPTIONS).with({
  weight: new NdArray([0.3, 0.45, 0.2], [1, 1, 3]),
  bias: new NdArray([0.01], [1, 1]),
});

const states = (shape: readonly number[]) =>
  random.uniform(random.key(8), [...shape], { minval: -1, maxval: 1 });

// Points that are, and are not, a multiple of 4; one sample and more than a workgroup of lanes.
for (const [numSamples, numPoints, numSteps] of [[1, 3, 1], [3, 11, 40], [7, 16, 5], [70, 5, 3]] as const) {
  Deno.test(`${numSteps} steps of ${numSamples} samples with ${numPoints} points are those of the twin`, async () => {
    const u0 = states([numSamples, 1, numPoints]);
    const result = await rollout(gpu, TAPS, u0, numSteps);
    assertEquals(result.shape, [numSamples, numSteps + 1, 1, numPoints]);
    const weight = TAPS.parameters.weight.data;
    for (let s = 0; s < numSamples; s++) {
      let u: Float64Array = Float64Array.from(u0.row(s).data);
      assertEquals(bits(result.row(s).row(0).data.slice()), bits(u0.row(s).data.slice()));
      for (let t = 1; t <= numSteps; t++) {
        u = applyTaps(u, weight, Math.fround(0.01));
        const actual = result.row(s).row(t).data;
        u.forEach((x, n) =>
          assertAlmostEquals(actual[n]!, x, 2e-7 * (t + 1), `sample ${s}, step ${t}, point ${n}`)
        );
      }
    }
    assertEquals(gpu.buffers, []);
  });
}

Deno.test("no step gives the initial states", async () => {
  const u0 = states([2, 1, 5]);
  const result = await rollout(gpu, TAPS, u0, 0);
  assertEquals([result.shape, bits(result.data)], [[2, 1, 1, 5], bits(u0.data)]);
  assert(result.data.buffer !== u0.data.buffer);
});

Deno.test("a long rollout has the bits of short ones, one after the other", async () => {
  const u0 = states([3, 1, 11]);
  const numSteps = 300; // the device keeps 128
  const whole = await rollout(gpu, NET, u0, numSteps);
  for (const lengths of [[127, 173], [128, 128, 44], [129, 171], [256, 44], [1, 299]]) {
    let at = 0;
    let start = u0;
    for (const length of lengths) {
      const part = await rollout(gpu, NET, start, length);
      const size = 11;
      for (let s = 0; s < 3; s++) {
        const expected = whole.row(s).data.subarray(at * size, (at + length + 1) * size);
        assertEquals(part.row(s).data, expected, `steps ${at} to ${at + length} of sample ${s}`);
      }
      at += length;
      const last = [0, 1, 2].flatMap((s) => [...whole.row(s).row(at).data]);
      start = new NdArray(last, [3, 1, size]);
    }
  }
  assert(whole.data.every(Number.isFinite));
});

Deno.test("samples do not see each other", async () => {
  const u0 = states([5, 1, 11]);
  const together = await rollout(gpu, NET, u0, 6);
  for (let s = 0; s < 5; s++) {
    const alone = await rollout(gpu, NET, new NdArray(u0.row(s).data.slice(), [1, 1, 11]), 6);
    assertEquals(alone.data, together.row(s).data);
  }
});

Deno.test("states may be vectors", async () => {
  const rotation = defineStepper({
    name: "rotation",
    parameters: { turn: new NdArray([0, -1, 1, 0], [2, 2]) },
    forward: (u, { turn }) => ops.dense({ u, w: turn }),
  });
  const result = await rollout(gpu, rotation, new NdArray([1, 2, -3, 0.5], [2, 2]), 4);
  assertEquals(result.shape, [2, 5, 2]);
  assertEquals([...result.row(0).data], [1, 2, -2, 1, -1, -2, 2, -1, 1, 2]);
  assertEquals([...result.row(1).data], [-3, 0.5, -0.5, -3, 3, -0.5, 0.5, 3, -3, 0.5]);
});

Deno.test("a rollout may leave the finite numbers", async () => {
  const growing = TAPS.with({ ...TAPS.parameters, weight: new NdArray([0, 1e10, 0], [1, 1, 3]) });
  const result = await rollout(gpu, growing, new NdArray([1, 1, 1], [1, 1, 3]), 5);
  assertEquals([3, 4, 5].map((t) => Number.isFinite(result.at(0, t, 0, 0))), [true, false, false]);
});

/** The message of a rollout that is refused before anything is created. */
async function refusal(
  u0: unknown,
  numSteps: unknown,
  stepper: unknown = TAPS,
  device: Gpu = gpu,
): Promise<string> {
  let message = "";
  const calls = await countCalls(async () => {
    message = await rejection(rollout(device, stepper as typeof TAPS, u0 as NdArray, numSteps as number));
  });
  assertEquals(calls, { mapAsync: 0, submit: 0, dispatch: 0, createBuffer: 0 });
  return message;
}

Deno.test("a number of steps that is none is refused", async () => {
  for (const numSteps of [-1, 0.5, NaN, Infinity, "3", undefined]) {
    const value = typeof numSteps === "string" ? '"3"' : numSteps;
    assertEquals(
      await refusal(states([1, 1, 5]), numSteps),
      `OptionsError: Cannot roll out conv as numSteps must be an integer >= 0: current numSteps is ${value}`,
    );
  }
});

Deno.test("initial states that do not fit are refused in their own words", async () => {
  assertEquals(
    await refusal([1, 2, 3], 1),
    "OptionsError: Cannot roll out conv as u0 must be an instance of NdArray: current u0 is [1, 2, 3]",
  );
  for (const shape of [[5], [], [0, 1, 5]]) {
    const message = await refusal(NdArray.zeros(shape), 1);
    assert(
      /^ShapeError: Cannot roll out conv as u0 must have the axes \[samples, channels, \.\.\.space\]/.test(
        message,
      ),
      message,
    );
    assert(message.endsWith(`: current shape of u0 is [${shape.join(", ")}]`), message);
  }
  assertEquals(
    await refusal(new NdArray([0, 0, 0, 0, NaN, 0], [2, 1, 3]), 1),
    "OptionsError: Cannot roll out conv as u0[1, 0, 1] must be finite: current u0[1, 0, 1] is NaN",
  );
});

Deno.test("states and a number of steps that do not hold are named together", async () => {
  assertEquals(
    await refusal(3, -1),
    "OptionsError: Cannot roll out conv as 2 options do not hold:\n" +
      "- u0 must be an instance of NdArray: current u0 is 3\n" +
      "- numSteps must be an integer >= 0: current numSteps is -1",
  );
});

Deno.test("what is no stepper is refused", async () => {
  for (const stepper of [null, {}, (x: unknown) => x]) {
    const message = await refusal(states([1, 1, 5]), 1, stepper);
    assert(
      /^OptionsError: Cannot roll out .*stepper must be a stepper: current stepper is /.test(message),
      message,
    );
  }
});

Deno.test("shapes that do not fit the stepper are refused", async () => {
  assertEquals(
    await refusal(states([2, 3, 5]), 1),
    "ShapeError: Cannot apply conv as the channels of u must be 1 (from w of shape [1, 1, 3]): " +
      "current channels of u is 3 (shape [3, 5])",
  );
  assertEquals(
    await refusal(states([2, 1, 2]), 1),
    "ShapeError: Cannot apply conv as the kernel must not be longer than the domain of u, N=2: current K is 3",
  );
  const narrowing = defineStepper<Tree<NdArray>>({
    name: "narrowing",
    parameters: { w: NdArray.zeros([2, 3]) },
    forward: (u, p) => ops.dense({ u, w: (p as { w: typeof u }).w }),
  });
  assertEquals(
    await refusal(states([2, 3]), 1, narrowing),
    "ShapeError: Cannot unroll narrowing as a stepper must return the shape it takes, [3]: " +
      "current shape returned is [2]",
  );
});

Deno.test("a device with too few bytes or none at all is refused", async () => {
  await using small = await Gpu.request({ maxBytes: 3000 });
  const message = await refusal(states([2, 1, 5]), 100, TAPS, small);
  assert(
    /^GpuError: Cannot roll out conv as its buffers must fit in the 3000 bytes left of maxBytes=3000.*: current sum is \d+ bytes, the largest buffer being action with \d+$/
      .test(message),
    message,
  );
  small[Symbol.dispose]();
  assertEquals(
    await refusal(states([2, 1, 5]), 1, TAPS, small),
    "DisposedError: Cannot allocate on Gpu as it must not be disposed: current state is disposed",
  );
});
