/**
 * Training needs no permission of Deno and asks for none.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** Runs a script from a folder of its own, with these flags only, and gives what it printed. */
async function runScript(
  flags: readonly string[],
  text: string,
): Promise<{ code: number; out: string; error: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script.ts`, text);
    const { code, stdout, stderr } = await new Deno.Command("deno", {
      args: ["run", "--no-prompt", "--quiet", ...flags, `${folder}/script.ts`],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: decode(stdout), error: decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const TRAINING = `
  import {
    adam, decodeState, encodeState, Gpu, Objective, random, rollout, sampleData, steppers, Supervised, SupervisedTrainer,
  } from "${ROOT}mod.ts";

  await using gpu = await Gpu.request();
  const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) });
  const stepper = steppers.conv({
    spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, useBias: false, key: random.key(73),
  });
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps: 3, optimizer: adam(1e-2), numTrainingSteps: 130, batchSize: 32,
  });
  const run = await trainer.train(stepper, { key: random.key(42), onProgress() {} });
  using objective = new Objective(gpu, new Supervised(), { stepper: run.stepper, data });
  const { loss } = await objective.valueAndGrad();
  const trajectory = await rollout(gpu, run.stepper, data.row(0), 3);
  const loaded = await decodeState(await encodeState(run), stepper);
  console.log(loaded.update, loss < run.lossHistory[0], trajectory.shape.join());
`;

const CONFIG = [`--config=${new URL("deno.json", ROOT).pathname}`, "--no-lock"];

Deno.test("a script trains without a permission", async () => {
  assertEquals(await runScript(CONFIG, TRAINING), { code: 0, out: "130 true 100,4,1,30\n", error: "" });
});

Deno.test("saving asks for the permission to write that it needs, by its path", async () => {
  const { code, error } = await runScript(
    CONFIG,
    `
      import { saveState } from "${ROOT}src/files/state_file.ts";
      import { NdArray, defineStepper, random } from "${ROOT}mod.ts";

      const parameters = new NdArray([1]);
      await saveState("run.safetensors", {
        update: 0, key: random.key(0), moments: {}, lossHistory: new Float32Array(),
        stepper: defineStepper({ name: "s", parameters, forward: (u) => u }),
        settings: { configuration: "c", optimizer: "o", batchSize: 1, numTotalSamples: 1, runner: "launches" },
      });
    `,
  );
  assertEquals(code, 1);
  assertEquals(/NotCapable: Requires write access to "run\.safetensors/.test(error), true, error);
});
