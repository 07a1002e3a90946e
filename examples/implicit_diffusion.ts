/**
 * An implicit step learned from its equation, with no reference solver and no trajectories.
 *
 * A backward Euler step of the heat equation du/dt = nu d2u/dx2 is defined by the system that it solves,
 *
 *     r(next, previous) = next - previous - nu dt / dx^2 (next[n-1] - 2 next[n] + next[n+1]) = 0,
 *
 * and `Residuum` trains a stepper until r is small on its own steps: all that it reads are initial states. Here a
 * stencil of 15 points learns what otherwise takes a linear solve. The exact solution is known by its Fourier modes.
 *
 *     deno run examples/implicit_diffusion.ts
 *
 * @module
 */
import {
  adam,
  constant,
  Gpu,
  NdArray,
  ops,
  random,
  ResiduumTrainer,
  rollout,
  schedules,
  steppers,
  type Var,
} from "@unroll/unroll";

/** N points, periodic; nu dt / dx^2, at which an explicit step would blow up. */
const [N, DIFFUSION] = [48, 1];

const LAPLACE = new NdArray([1, -2, 1], [1, 1, 3]);

/** What a step must make zero. */
function residuum(next: Var, previous: Var): Var {
  const laplace = ops.conv({ u: next, w: constant(LAPLACE) });
  const change = ops.sub({ a: next, b: previous });
  return ops.sub({ a: change, b: ops.scale({ u: laplace }, { factor: DIFFUSION }) });
}

/** The exact solution after some steps: each mode m is divided by 1 + 2 nu dt / dx^2 (1 - cos(2 pi m / N)) in each. */
function exact(u: Float32Array, numSteps: number): Float64Array {
  const response = Float64Array.from({ length: N }, (_, n) => {
    let sum = 0;
    for (let m = 0; m < N; m++) {
      const factor = 1 / (1 + 2 * DIFFUSION * (1 - Math.cos(2 * Math.PI * m / N)));
      sum += factor ** numSteps * Math.cos(2 * Math.PI * m * n / N) / N;
    }
    return sum;
  });
  return Float64Array.from(
    { length: N },
    (_, n) => u.reduce((sum, x, i) => sum + response[(n - i + N) % N]! * x, 0),
  );
}

/** What came of it. */
export interface Outcome {
  /** The error of one step from an unseen state, relative to the exact solution. */
  readonly errorAfter1: number;
  /** The error of 50 steps. */
  readonly errorAfter50: number;
  /** The mean square of the residuum before each update. */
  readonly lossHistory: Float32Array;
}

/** Trains the stencil and compares it with the exact solution. */
export async function main(
  { numUpdates = 3000, print = console.log }: { numUpdates?: number; print?: (line: string) => void } = {},
): Promise<Outcome> {
  await using gpu = await Gpu.request();
  const initial = random.normal(random.key(0), [200, 1, 1, N]); // T = 1: a trajectory is an initial state
  const stepper = steppers.conv({
    spatialDims: 1,
    inChannels: 1,
    outChannels: 1,
    kernelSize: 15,
    useBias: false,
    key: random.key(1),
  });
  const trainer = new ResiduumTrainer(gpu, initial, {
    residuum,
    numRolloutSteps: 1,
    doSubStacking: false, // one window for each trajectory, as short as it is
    optimizer: adam(schedules.cosineDecay({ initValue: 1e-2, decaySteps: numUpdates })),
    numTrainingSteps: numUpdates,
    batchSize: 50,
  });
  const { stepper: trained, lossHistory } = await trainer.train(stepper, { key: random.key(2) });

  const unseen = random.normal(random.key(3), [1, 1, N]);
  const states = (await rollout(gpu, trained, unseen, 50)).row(0); // [51, 1, N]
  const errorAfter = (numSteps: number) => {
    const truth = exact(unseen.data, numSteps);
    const state = states.row(numSteps).data;
    return Math.hypot(...truth.map((x, n) => state[n]! - x)) / Math.hypot(...truth);
  };
  const [errorAfter1, errorAfter50] = [errorAfter(1), errorAfter(50)];
  print(
    `Implicit diffusion: ${numUpdates} updates took the residuum's mean square from ${
      lossHistory[0]!.toPrecision(3)
    } ` +
      `to ${lossHistory.at(-1)!.toExponential(1)}; on an unseen state the relative error is ` +
      `${errorAfter1.toExponential(1)} after 1 step and ${errorAfter50.toExponential(1)} after 50`,
  );
  return { errorAfter1, errorAfter50, lossHistory };
}

if (import.meta.main) await main();
