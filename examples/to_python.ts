/**
 * Parameters to Python and back: a stepper trained here, applied and trained on by Equinox, and read again.
 *
 * A training state is a safetensors file, in which parameters are called `parameters.<path>` and lie as in Equinox:
 * `weight` [C_OUT, C_IN, K] and `bias` [C_OUT, 1] of a convolution. Arrays go both ways as `.npy`. The other half is
 * `to_python.py`.
 *
 *     deno run --allow-read --allow-write --allow-run=python3 examples/to_python.ts FOLDER python3
 *
 * python3 stands for a Python with jax and equinox. Where there is none the example says so, and compares nothing.
 *
 * @module
 */
import {
  adam,
  Gpu,
  NdArray,
  random,
  rollout,
  sampleData,
  sgd,
  type Stepper,
  steppers,
  SupervisedTrainer,
} from "@unroll/unroll";
import { loadNpy, saveNpy, saveState } from "@unroll/unroll/files";

/** How far Python's numbers are from ours, at most. */
export interface Differences {
  /** Of one step of the stepper. */
  readonly prediction: number;
  /** Of the parameters after one update. */
  readonly parameters: number;
}

/** Trains a stepper, hands it to Python, and compares; null where Python could not be asked. */
export async function main(
  { folder, python, numUpdates = 100, print = console.log }: {
    folder: string;
    python?: string | undefined;
    numUpdates?: number;
    print?: (line: string) => void;
  },
): Promise<Differences | null> {
  await using gpu = await Gpu.request();
  const waves = sampleData.advection1dPeriodic({ numSamples: 4, temporalHorizon: 20, key: random.key(0) });
  const data = new NdArray(waves.data, [4, 10, 2, 30]); // two states in a row as the channels of one
  const optimizer = adam(1e-2);
  const trainer = new SupervisedTrainer(gpu, data, {
    optimizer,
    numTrainingSteps: numUpdates,
    batchSize: 12,
  });
  const state = await trainer.train(untrained(), { key: random.key(42) });
  await saveState(`${folder}/state.safetensors`, state);
  await saveNpy(`${folder}/data.npy`, data);
  const failure = python === undefined ? "no Python was named" : await runPython(python, folder);
  if (failure !== null) {
    print(`!!! NOT COMPARED WITH PYTHON: ${failure}. ${folder} has what to_python.py reads !!!`);
    return null;
  }
  const differences = await compare(gpu, folder, state.stepper, data);
  print(
    `Python: after ${numUpdates} updates here, Equinox predicts the same to ${
      differences.prediction.toExponential(1)
    }; ` +
      `one more update, there and here, gives the same parameters to ${
        differences.parameters.toExponential(1)
      }`,
  );
  return differences;
}

/** The stepper before training. */
export function untrained(): Stepper<steppers.ConvParameters> {
  return steppers.conv({ spatialDims: 1, inChannels: 2, outChannels: 2, kernelSize: 3, key: random.key(73) });
}

/** Runs the script; returns why it failed, or null. */
async function runPython(python: string, folder: string): Promise<string | null> {
  const args = [new URL("to_python.py", import.meta.url).pathname, folder];
  try {
    const { success, stderr } = await new Deno.Command(python, { args, stdout: "inherit" }).output();
    return success ? null : `${python} says ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Compares what Python left in the folder with what comes of the same stepper and data here. */
export async function compare(
  gpu: Gpu,
  folder: string,
  stepper: Stepper<steppers.ConvParameters>,
  data: NdArray,
): Promise<Differences> {
  const prediction = (await rollout(gpu, stepper, data.take(1, 0), 1)).take(1, 1);
  const trainer = new SupervisedTrainer(gpu, data, {
    optimizer: sgd(0.1),
    numTrainingSteps: 1,
    batchSize: data.shape[0]!,
    doSubStacking: false, // states 0 and 1 of each trajectory
  });
  const here = (await trainer.train(stepper, { key: random.key(0) })).stepper.parameters;
  const [weight, bias] = await Promise.all(
    ["weight", "bias"].map((name) => loadNpy(`${folder}/${name}.npy`)),
  );
  const { parameters: there } = stepper.with({ weight: weight!, bias: bias! }); // and on it goes with these
  return {
    prediction: distance(prediction, await loadNpy(`${folder}/prediction.npy`)),
    parameters: Math.max(distance(here.weight, there.weight), distance(here.bias!, there.bias!)),
  };
}

/** The largest difference of two elements. */
function distance(a: NdArray, b: NdArray): number {
  return a.data.reduce((most, x, i) => Math.max(most, Math.abs(x - b.data[i]!)), 0);
}

if (import.meta.main) await main({ folder: Deno.args[0] ?? ".", python: Deno.args[1] });
