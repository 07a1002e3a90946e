/**
 * Whether a peer trains what ours trains, and as fast as it can be made to.
 *
 * @module
 */
import type { ContestantName } from "./contestants.ts";
import type { Checked } from "./protocol.ts";

/** How many updates are compared. */
export const CHECK_UPDATES = 20;
/** How far a loss may be off, relative to losses above 1. */
const LOSS_TOLERANCE = 1e-5;
/** How far a weight may be off. */
const WEIGHT_TOLERANCE = 1e-4;
/** How much slower than measured before a peer may be. */
const SLOWDOWN_ALLOWED = 1.5;

/** How far a peer is off. */
export interface Distance {
  /** The largest difference of losses, relative to losses above 1. */
  readonly loss: number;
  /** The largest difference of weights. */
  readonly weight: number;
}

/** The largest differences of two checks. */
export function distanceOf(a: Checked, b: Checked): Distance {
  const largest = (x: readonly number[], y: readonly number[], scale: (value: number) => number) =>
    x.length === y.length
      ? Math.max(...x.map((value, i) => Math.abs(value - y[i]!) / scale(value)))
      : Infinity;
  return {
    loss: largest(a.losses, b.losses, (loss) => Math.max(1, Math.abs(loss))),
    weight: largest(a.weights, b.weights, () => 1),
  };
}

/** Whether differences are those of float32; NaN is not. */
export function agrees({ loss, weight }: Distance): boolean {
  return loss <= LOSS_TOLERANCE && weight <= WEIGHT_TOLERANCE;
}

type Times = Partial<Record<ContestantName, number>>;

/**
 * Seconds of an update measured before, on 2 quiet cores, the slowest of each range: what a peer that is set up well
 * should reach. Workloads and peers that are missing were not measured.
 */
const MEASURED_BEFORE: Readonly<Record<string, Times>> = {
  "quickstart-1": of({ trainax: 1023, "jax-jit": 541, "jax-scan": 3.3 }, [1400, 165, 4300, 380]),
  "quickstart-5": of({ trainax: 1072, "jax-jit": 590, "jax-scan": 18 }, [4700, 520, 19000, 2700]),
  "quickstart-20": of({ trainax: 1261, "jax-jit": 851, "jax-scan": 76 }, [20000, 2010, 82000, 11900]),
  "resnet-5": of({ trainax: 34e3, "jax-jit": 30e3 }, [1142e3, 2090e3, 1650e3, 804e3]),
  "resnet-20": of({ trainax: 178e3, "jax-jit": 162e3 }),
  "convnet2d-5": of({ trainax: 121e3, "jax-jit": 115e3 }, [3240e3, 6713e3, 6650e3, 4200e3]),
  "apebench-1": of({ trainax: 13.6e3, "jax-jit": 10e3, "jax-scan": 53e3 }),
};

/** Microseconds of Python's and of jax-js webgpu, wasm, TF.js webgpu, wasm, as seconds. */
function of(python: Times, javascript: readonly number[] = []): Times {
  const [jaxWebgpu, jaxWasm, tfWebgpu, tfWasm] = javascript;
  const all = {
    ...python,
    "jaxjs-webgpu": jaxWebgpu,
    "jaxjs-wasm": jaxWasm,
    "tfjs-webgpu": tfWebgpu,
    "tfjs-wasm": tfWasm,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, us]) => us === undefined ? [] : [[name, us / 1e6]]),
  );
}

/**
 * How much slower a peer is than it should be: its time against the one measured before, in seconds or in times of
 * trainax in the same run, whichever is kinder. A slow machine makes the first too large, a fast one with few cores the
 * second; a peer that is set up wrongly fails both.
 *
 * @param workload the workload
 * @param times the least seconds of an update of each peer in this run
 * @returns for each peer the factor; peers that were not measured before are left out
 */
export function slowdownsOf(workload: string, times: Times): Times {
  const before = MEASURED_BEFORE[workload] ?? {};
  const machine = times.trainax !== undefined && before.trainax !== undefined
    ? Math.max(1, times.trainax / before.trainax)
    : 1;
  return Object.fromEntries(
    Object.entries(times).flatMap(([name, seconds]) => {
      const expected = before[name as ContestantName];
      return expected === undefined ? [] : [[name, seconds / expected / machine]];
    }),
  );
}

/** Whether a slowdown is too large for a peer that is set up well. */
export function isTooSlow(slowdown: number): boolean {
  return slowdown > SLOWDOWN_ALLOWED;
}
