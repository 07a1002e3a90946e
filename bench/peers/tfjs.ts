/**
 * TensorFlow.js as a peer: its automatic gradient and its own Adam. `deno run tfjs.ts webgpu | wasm`.
 *
 * Its wasm backend has no gradient of a convolution by the weights, and its convolutions have no circular padding. So a
 * convolution is one matrix product: the taps, rolled copies of the state, side by side on the channel axis.
 *
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import "npm:@tensorflow/tfjs-backend-wasm@4.22.0";
import "npm:@tensorflow/tfjs-backend-webgpu@4.22.0";
import { applyNetwork, layersOf, type Problem, type Tensor } from "./problem.ts";
import { serve } from "./protocol.ts";
import { StepRunner, type Training } from "./step_runner.ts";

/** A layer; the weight is [K * C_IN, C_OUT], the taps of all axes slowest. */
interface Layer {
  readonly weight: tf.Variable;
  readonly bias: tf.Variable | null;
  readonly taps: readonly number[];
}

interface State {
  readonly variables: tf.Variable[];
  readonly optimizer: tf.AdamOptimizer;
}

/** The state moved by some points along an axis of the periodic domain. */
function roll(x: tf.Tensor, axis: number, by: number): tf.Tensor {
  if (by === 0) return x;
  const n = x.shape[axis]!;
  const at = ((by % n) + n) % n;
  return tf.concat(tf.split(x, [at, n - at], axis).toReversed(), axis);
}

/** A periodic convolution; u is [B, ...N, C]. */
function conv(u: tf.Tensor, { weight, bias, taps }: Layer): tf.Tensor {
  const shifted = taps.reduce(
    (states, k, i) =>
      states.flatMap((x) =>
        Array.from({ length: k }, (_, tap) => roll(x, 1 + i, tap - Math.floor((k - 1) / 2)))
      ),
    [u],
  );
  const unfolded = shifted.length === 1 ? u : tf.concat(shifted, -1);
  const v = tf.matMul(tf.reshape(unfolded, [-1, weight.shape[0]!]), weight);
  return tf.reshape(bias === null ? v : tf.add(v, bias), [...u.shape.slice(0, -1), weight.shape[1]!]);
}

/** A weight [C_OUT, C_IN, ...K] with its axes in the order [...K, C_IN, C_OUT], or back. */
function reordered({ data, shape }: Tensor, direction: "in" | "out"): Float32Array<ArrayBuffer> {
  const [numOut, numIn, ...taps] = shape as [number, number, ...number[]];
  const numTaps = taps.reduce((a, b) => a * b, 1);
  const result = new Float32Array(data.length);
  for (let o = 0; o < numOut; o++) {
    for (let c = 0; c < numIn; c++) {
      for (let k = 0; k < numTaps; k++) {
        const [outside, inside] = [(o * numIn + c) * numTaps + k, (k * numIn + c) * numOut + o];
        if (direction === "in") result[inside] = data[outside]!;
        else result[outside] = data[inside]!;
      }
    }
  }
  return result;
}

function trainingOf(problem: Problem): Training<State, tf.Tensor> {
  const isWeight = problem.leaves.map(({ path }) => path.endsWith("weight"));
  const tapsOf = layersOf(problem, problem.parameters).map(({ weight }) => weight.shape.slice(2));
  const lossOf = (variables: tf.Variable[], batch: tf.Tensor) => {
    const layers = layersOf(problem, variables).map((layer, i): Layer => ({ ...layer, taps: tapsOf[i]! }));
    const [initial, ...targets] = tf.unstack(batch);
    const ops = { conv, relu: tf.relu, add: tf.add, again: (x: tf.Tensor) => x };
    let u = initial!;
    return targets.reduce<tf.Tensor>((loss, target) => {
      u = applyNetwork<tf.Tensor, Layer>(problem, layers, u, ops);
      return tf.add(loss, tf.mean(tf.squaredDifference(u, target)));
    }, tf.scalar(0)) as tf.Scalar;
  };
  return {
    // The states have one channel, so that it does not matter whether it comes before the points or behind them.
    upload: ({ data, shape: [time, batch, channels, ...points] }) =>
      tf.tensor(data, [time!, batch!, ...points, channels!]),
    start: () => ({
      variables: problem.parameters.map((parameter, i) => {
        const [numOut, ...others] = parameter.shape;
        if (!isWeight[i]) return tf.variable(tf.tensor(parameter.data, [numOut!]));
        return tf.variable(tf.tensor(reordered(parameter, "in"), [others.reduce((a, b) => a * b), numOut!]));
      }),
      optimizer: tf.train.adam(problem.learningRate, 0.9, 0.999, 1e-8),
    }),
    step(state, batch) {
      const loss = state.optimizer.minimize(
        () => lossOf(state.variables, batch) as tf.Scalar,
        true,
        state.variables,
      )!;
      return { state, loss };
    },
    async read(loss) {
      const [value] = await loss.data();
      loss.dispose();
      return value!;
    },
    // Everything is in one queue, and Adam updates the variables in order.
    settle: async ({ variables }) => void await variables.at(-1)!.data(),
    discard: (loss) => loss.dispose(),
    weights: async ({ variables }) => {
      const values = await Promise.all(variables.map((variable) => variable.data<"float32">()));
      return values.flatMap((value, i) => {
        const data = Float32Array.from(value);
        return [...isWeight[i] ? reordered({ data, shape: problem.leaves[i]!.shape }, "out") : data];
      });
    },
    free({ variables, optimizer }) {
      tf.dispose(variables);
      optimizer.dispose();
    },
  };
}

const device = Deno.args[0]!;
await tf.setBackend(device);
await tf.ready();
const adapter = device === "webgpu" ? await navigator.gpu.requestAdapter() : null;
await serve(
  {
    library: `TensorFlow.js ${tf.version["tfjs-core"]}, ${device}`,
    adapter: adapter?.info.description ?? null,
  },
  new StepRunner(trainingOf, device === "webgpu"),
);
