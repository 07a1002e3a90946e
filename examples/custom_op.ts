/**
 * An op of one's own in WGSL, inside a stepper: Burgers' equation du/dt + a u du/dx = nu d2u/dx2, of which the speed a
 * and the viscosity nu are found from data.
 *
 * The op is one step on a periodic domain, by upwind differences, with its adjoints written below its formula:
 *
 *     v[n] = u[n] - k[0] (max(u[n], 0) (u[n] - u[n-1]) + min(u[n], 0) (u[n+1] - u[n]))
 *                 + k[1] (u[n-1] - 2 u[n] + u[n+1]),        k = [a dt / dx, nu dt / dx^2]
 *
 * `checkAdjoint` tells whether op and adjoints are right, before anything is trained with them.
 *
 *     deno run examples/custom_op.ts
 *
 * @module
 */
import {
  adam,
  type AdjointTwin,
  checkAdjoint,
  defineOp,
  defineStepper,
  Gpu,
  NdArray,
  random,
  sampleData,
  ShapeError,
  SupervisedTrainer,
} from "@unroll/unroll";

/** One step; u [1, N], k [2]. The cotangent of k is a sum over n, whose summands `adjointK` returns. */
const burgers = defineOp({
  name: "burgers",
  inputs: ["u", "k"],
  wgsl: `
    import super::io::{N, u, k, setV, vBar, setUBar};

    fn left(n: u32) -> u32 { return (n + N - 1u) % N; }
    fn right(n: u32) -> u32 { return (n + 1u) % N; }
    fn advection(n: u32) -> f32 {
      return max(u(n), 0.0) * (u(n) - u(left(n))) + min(u(n), 0.0) * (u(right(n)) - u(n));
    }
    fn diffusion(n: u32) -> f32 { return u(left(n)) - 2.0 * u(n) + u(right(n)); }

    fn forward(n: u32) { setV(n, u(n) - k(0u) * advection(n) + k(1u) * diffusion(n)); }

    fn adjointU(n: u32) {
      let slope = select(u(right(n)) - u(n), u(n) - u(left(n)), u(n) > 0.0);
      setUBar(n, (1.0 - k(0u) * (slope + abs(u(n))) - 2.0 * k(1u)) * vBar(n)
        + (k(0u) * max(u(right(n)), 0.0) + k(1u)) * vBar(right(n))
        + (k(1u) - k(0u) * min(u(left(n)), 0.0)) * vBar(left(n)));
    }
    fn adjointK(i: u32, n: u32) -> f32 {
      return select(diffusion(n), -advection(n), i == 0u) * vBar(n);
    }
  `,
  shape: ({ u, k }) => {
    if (u.length === 2 && u[0] === 1 && k.length === 1 && k[0] === 2) return u;
    const actual = `[${u}] and [${k}]`;
    throw new ShapeError(
      `Cannot apply burgers as u must be [1, N] and k [2]: current shapes are ${actual}`,
      { op: "burgers", axis: "u, k", expected: "[1, N] and [2]", actual },
    );
  },
  constants: ({ u }) => ({ N: u[1]! }),
  summands: ({ u }) => ({ adjointK: u[1]! }),
});

/** The same step in float64, which makes the data and is what the op is checked against. */
const twin: AdjointTwin = {
  forward: ({ u, k }) =>
    u!.map((x, n) => {
      const [left, right] = [u!.at(n - 1)!, u![(n + 1) % u!.length]!];
      return x - k![0]! * (x > 0 ? x * (x - left) : x * (right - x)) + k![1]! * (left - 2 * x + right);
    }),
};

/** Ten trajectories of 30 states from random waves, [10, 30, 1, 48]. */
function trajectories(k: readonly number[]): NdArray {
  const waves = { numSamples: 10, numPoints: 48, highestInitMode: 2, temporalHorizon: 1 };
  const initial = sampleData.advection1dPeriodic({ ...waves, key: random.key(0) });
  const data = NdArray.zeros([10, 30, 1, 48]);
  for (let s = 0; s < 10; s++) {
    let u = Float64Array.from(initial.row(s).data);
    for (let t = 0; t < 30; t++) {
      data.row(s).row(t).data.set(u);
      u = Float64Array.from(twin.forward({ u, k: Float64Array.from(k) }));
    }
  }
  return data;
}

/** What came of it. */
export interface Outcome {
  /** Whether `checkAdjoint` found the op right. */
  readonly isRight: boolean;
  /** The coefficients found. */
  readonly found: readonly number[];
  /** Those that made the data. */
  readonly truth: readonly number[];
}

/** Checks the op, then finds the coefficients that made the data. */
export async function main(
  { numUpdates = 600, print = console.log }: { numUpdates?: number; print?: (line: string) => void } = {},
): Promise<Outcome> {
  await using gpu = await Gpu.request();
  const truth = [0.25, 0.1];
  const data = trajectories(truth);
  const report = await checkAdjoint(gpu, burgers, { u: data.row(0).row(0), k: new NdArray(truth) }, { twin });
  print(String(report));

  const stepper = defineStepper({
    name: "burgers",
    parameters: { k: new NdArray([0, 0]) }, // nothing moves
    forward: (u, { k }) => burgers({ u, k }),
  });
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps: 4,
    optimizer: adam(5e-3),
    numTrainingSteps: numUpdates,
    batchSize: 32,
  });
  const { stepper: trained } = await trainer.train(stepper, { key: random.key(1) });
  const found = [...trained.parameters.k.data];
  print(
    `Burgers: ${numUpdates} updates found a dt / dx = ${found[0]!.toFixed(5)} and nu dt / dx^2 = ` +
      `${found[1]!.toFixed(5)}, where the data were made with ${truth.join(" and ")}`,
  );
  return { isRight: report.ok, found, truth };
}

if (import.meta.main) await main();
