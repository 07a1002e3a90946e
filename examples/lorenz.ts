/**
 * An emulator of the Lorenz system, and a picture of what it learned of the attractor.
 *
 * The network says by how much a state changes, u' = u + 10 f(u / 16), so that numbers of size 1 go through it: a
 * ready-made `mlp` inside a stepper of one's own. The system is chaotic, so the emulator loses the trajectory sooner or
 * later, as any solver does. How long it keeps to it is one measure; whether it stays on the attractor is another, for
 * which each maximum of z is drawn over the one before it: Lorenz found a curve there, with a cusp.
 *
 *     deno run examples/lorenz.ts                                         no picture, and no permission
 *     deno run --allow-write=lorenz.svg examples/lorenz.ts lorenz.svg
 *
 * @module
 */
import {
  adam,
  defineStepper,
  Gpu,
  type NdArray,
  ops,
  random,
  rollout,
  sampleData,
  schedules,
  steppers,
  SupervisedTrainer,
} from "@unroll/unroll";

const DT = 0.05;

/** What came of it. */
export interface Outcome {
  /** For each trajectory the time until the emulator is 5 away from the truth; the attractor is 40 wide. */
  readonly times: readonly number[];
  /** Mean and standard deviation of z, of the truth and of the emulator. */
  readonly z: { readonly truth: readonly [number, number]; readonly emulator: readonly [number, number] };
  /** The loss before each update. */
  readonly lossHistory: Float32Array;
}

/** Trains the emulator and lets it run for 1000 steps from states that it has not seen. */
export async function main(
  { numUpdates = 5000, picture, print = console.log }: {
    numUpdates?: number;
    /** The path of the picture; left out, there is none. */
    picture?: string | undefined;
    print?: (line: string) => void;
  } = {},
): Promise<Outcome> {
  await using gpu = await Gpu.request();
  const data = sampleData.lorenzRk4({ dt: DT, numSamples: 9, key: random.key(0) }); // [9, 1000, 3]
  const network = steppers.mlp({
    inSize: 3,
    outSize: 3,
    widthSize: 32,
    depth: 3,
    activation: "silu",
    key: random.key(1),
  });
  const emulator = defineStepper({
    name: "lorenz",
    parameters: network.parameters,
    forward: (u, p) => {
      const rate = network.forward(ops.scale({ u }, { factor: 1 / 16 }), p);
      return ops.add({ a: u, b: ops.scale({ u: rate }, { factor: 10 }) });
    },
  });
  const trainer = new SupervisedTrainer(gpu, data, {
    optimizer: adam(schedules.cosineDecay({ initValue: 5e-3, decaySteps: numUpdates })),
    numTrainingSteps: numUpdates,
    batchSize: 32,
  });
  const { stepper: trained, lossHistory } = await trainer.train(emulator, { key: random.key(42) });

  const truth = sampleData.lorenzRk4({ dt: DT, numSamples: 9, key: random.key(7) });
  const prediction = await rollout(gpu, trained, truth.take(1, 0), truth.shape[1]! - 1);
  const times = Array.from(
    { length: truth.shape[0]! },
    (_, s) => DT * stepsWithin(5, truth.row(s), prediction.row(s)),
  );
  const z = { truth: momentsOfZ(truth), emulator: momentsOfZ(prediction) };
  if (picture !== undefined) {
    const { lorenzPicture } = await import("./lorenz/picture.ts"); // its libraries are loaded only here
    await Deno.writeTextFile(picture, await lorenzPicture(truth, prediction));
    print(`picture: ${picture}`);
  }
  const show = ([mean, deviation]: readonly [number, number]) =>
    `${mean.toFixed(2)} +- ${deviation.toFixed(2)}`;
  const [shortest, longest] = [Math.min(...times).toFixed(1), Math.max(...times).toFixed(1)];
  print(
    `Lorenz: after ${numUpdates} updates the emulator keeps to unseen trajectories for ${shortest} to ${longest} ` +
      `time units; over ${truth.shape[1]! - 1} steps its z is ${show(z.emulator)}, that of the truth ${
        show(z.truth)
      }`,
  );
  return { times, z, lossHistory };
}

/** How many states of two trajectories [T, 3] are nearer to each other than a distance, before the first ones not. */
function stepsWithin(distance: number, a: NdArray, b: NdArray): number {
  const numStates = a.shape[0]!;
  for (let t = 0; t < numStates; t++) {
    const [x, y] = [a.row(t).data, b.row(t).data];
    if (!(Math.hypot(x[0]! - y[0]!, x[1]! - y[1]!, x[2]! - y[2]!) < distance)) return t;
  }
  return numStates;
}

/** Mean and standard deviation of z over all states, [S, T, 3]. */
function momentsOfZ(states: NdArray): [number, number] {
  const z = states.take(2, 2).data;
  const mean = z.reduce((sum, x) => sum + x, 0) / z.length;
  return [mean, Math.sqrt(z.reduce((sum, x) => sum + (x - mean) ** 2, 0) / z.length)];
}

if (import.meta.main) await main({ picture: Deno.args[0] });
