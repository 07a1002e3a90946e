/**
 * trainax's notebook "Training a linear convolution to be an advection stepper": data from the first-order upwind
 * scheme, and a stencil of two points that finds this scheme again, [0.59, 0.41], through 1, 2, 3 and 4 steps.
 *
 * The loss of one step is a convex quadratic function of the two weights, and that of more steps has the same minimum.
 * N = 40 interior points with zeros beyond the ends, one trajectory of 100 steps, all windows in each batch.
 *
 *     deno run examples/fou.ts
 *
 * printed, on Mesa's llvmpipe (trainax finds [0.5899999, 0.4100001] for each R):
 *
 *     R = 1: 100 windows, 3000 updates, loss 0.002576 -> 6.2e-16, stencil [0.5900000, 0.4100000]
 *     R = 2: 99 windows, 3000 updates, loss 0.01178 -> 1.9e-15, stencil [0.5899999, 0.4100001]
 *     R = 3: 98 windows, 3000 updates, loss 0.03030 -> 1.5e-15, stencil [0.5900000, 0.4100000]
 *     R = 4: 97 windows, 3000 updates, loss 0.05983 -> 1.1e-14, stencil [0.5899999, 0.4100001]
 *     FOU: through 1 to 4 steps the stencil is within 1e-7 of the scheme, [0.59, 0.41]
 *
 * @module
 */
import {
  adam,
  defineStepper,
  Gpu,
  NdArray,
  ops,
  random,
  type Stepper,
  SupervisedTrainer,
} from "@unroll/unroll";

const [NUM_POINTS, NUM_STEPS, DT, SPEED] = [40, 100, 0.1, -0.1];
const DX = 1 / (NUM_POINTS + 1);

/** The scheme, [u[n], u[n + 1]]. */
const UPWIND: readonly [number, number] = [1 + SPEED * DT / DX, -SPEED * DT / DX];

/** A sine arc that moves to the left and leaves the domain, [1, 101, 1, 40]. */
export function trajectory(): NdArray {
  const data = NdArray.zeros([1, NUM_STEPS + 1, 1, NUM_POINTS]);
  let u = Float64Array.from({ length: NUM_POINTS }, (_, n) => Math.sin(Math.PI * (n + 1) * DX));
  for (let t = 0; t <= NUM_STEPS; t++) {
    data.data.set(u, t * NUM_POINTS);
    u = u.map((here, n) => UPWIND[0] * here + UPWIND[1] * (u[n + 1] ?? 0));
  }
  return data;
}

/** The stencil to be trained, [u[n], u[n + 1]] with zeros beyond the ends. */
function stencil(here: number, next: number): Stepper<{ weight: NdArray }> {
  return defineStepper({
    name: "stencil",
    parameters: { weight: new NdArray([here, next], [1, 1, 2]) },
    forward: (u, { weight }) => ops.conv({ u, w: weight }, { boundary: "dirichlet" }),
  });
}

/** What came of a training. */
export interface Outcome {
  /** R. */
  readonly numRolloutSteps: number;
  /** The trained stencil. */
  readonly weights: readonly [number, number];
  /** The loss before each update. */
  readonly lossHistory: Float32Array;
}

/** Trains through 1, 2, 3 and 4 steps. */
export async function main(
  { numUpdates = 3000, print = console.log }: { numUpdates?: number; print?: (line: string) => void } = {},
): Promise<Outcome[]> {
  await using gpu = await Gpu.request();
  const outcomes: Outcome[] = [];
  for (const numRolloutSteps of [1, 2, 3, 4]) {
    const trainer = new SupervisedTrainer(gpu, trajectory(), {
      numRolloutSteps,
      optimizer: adam(1e-2),
      numTrainingSteps: numUpdates,
      batchSize: 200, // more than there are windows: all of them
    });
    const { stepper, lossHistory } = await trainer.train(stencil(0.4, 0.5), { key: random.key(0) });
    const [here, next] = stepper.parameters.weight.data as unknown as [number, number];
    outcomes.push({ numRolloutSteps, weights: [here, next], lossHistory });
    print(
      `R = ${numRolloutSteps}: ${trainer.numTotalSamples} windows, ${numUpdates} updates, ` +
        `loss ${lossHistory[0]!.toPrecision(4)} -> ${lossHistory.at(-1)!.toExponential(1)}, ` +
        `stencil [${here.toFixed(7)}, ${next.toFixed(7)}]`,
    );
  }
  const errors = outcomes.flatMap(({ weights }) => weights.map((w, i) => Math.abs(w - UPWIND[i]!)));
  const [worst, scheme] = [Math.max(...errors).toExponential(0), UPWIND.map((w) => w.toFixed(2)).join(", ")];
  print(`FOU: through 1 to 4 steps the stencil is within ${worst} of the scheme, [${scheme}]`);
  return outcomes;
}

if (import.meta.main) await main();
