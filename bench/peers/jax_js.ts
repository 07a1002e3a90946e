/**
 * jax-js as a peer: the whole update in one `jit`. `deno run jax_js.ts webgpu | wasm [--sync]`.
 *
 * On WebAssembly what is read with `data()` is computed by workers, a message for each kernel, and with `dataSync()`,
 * here `--sync`, on the main thread: better for small arrays, and then for a loss after each update.
 *
 * Its arrays count references: a function takes its arguments away, `.ref` keeps them for once more. It has no circular
 * padding, so the ends are sliced off and joined to the other side.
 *
 * @module
 */
import {
  defaultDevice,
  type Device,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from "npm:@jax-js/jax@0.1.25";
import { applyNetwork, layersOf, type Problem, type Tensor } from "./problem.ts";
import { serve } from "./protocol.ts";
import { StepRunner, type Training } from "./step_runner.ts";

type Layer = { readonly weight: np.Array; readonly bias: np.Array | null };
type State = {
  parameters: np.Array[];
  mus: np.Array[];
  nus: np.Array[];
  /** The powers of Adam's two rates. */
  powers: np.Array[];
};

/** A periodic convolution; u is [B, C, ...N]. */
function conv(u: np.Array, { weight, bias }: Layer): np.Array {
  const taps = weight.shape.slice(2);
  const padded = taps.reduce((x, k, i) => padAxis(x, 2 + i, Math.floor((k - 1) / 2), Math.floor(k / 2)), u);
  const v = lax.convGeneralDilated(padded, weight.ref, taps.map(() => 1), "VALID");
  return bias === null ? v : v.add(bias.ref.reshape([1, -1, ...taps.map(() => 1)]));
}

/** Joins the ends of an axis to the other side. */
function padAxis(x: np.Array, axis: number, before: number, behind: number): np.Array {
  const n = x.shape[axis]!;
  const part = (from: number, to: number) =>
    x.ref.slice(...x.shape.map((_, i) => (i === axis ? [from, to] : []) as [number, number] | []));
  const parts = [
    ...(before > 0 ? [part(n - before, n)] : []),
    x.ref,
    ...(behind > 0 ? [part(0, behind)] : []),
  ];
  x.dispose();
  return parts.length === 1 ? parts[0]! : np.concatenate(parts, axis);
}

/** The loss of a batch, [R + 1, B, C, ...N]: the means of the squared errors, added over the steps. */
function lossOf(problem: Problem, parameters: np.Array[], batch: np.Array): np.Array {
  const layers = layersOf(problem, parameters);
  const snapshot = (t: number) => batch.ref.slice(t);
  let u = snapshot(0);
  let loss: np.Array | null = null;
  for (let t = 1; t <= problem.numRolloutSteps; t++) {
    u = applyNetwork<np.Array, Layer>(problem, layers, u, {
      conv,
      relu: nn.relu,
      add: (a, b) => a.add(b),
      again: (x) => x.ref,
    });
    const error = np.mean(np.square(u.ref.sub(snapshot(t))));
    loss = loss === null ? error : loss.add(error);
  }
  tree.dispose([u, batch, parameters]);
  return loss!;
}

const [device, mode] = Deno.args as [Device, string?];
const isSync = mode === "--sync";

/** The numbers of an array, which is gone afterwards. */
const read = async (x: np.Array) => isSync ? x.dataSync() : await x.data();

function trainingOf(problem: Problem): Training<State, np.Array> {
  const gradient = valueAndGrad((parameters: np.Array[], batch: np.Array) =>
    lossOf(problem, parameters, batch)
  );
  const update = jit(({ parameters, mus, nus, powers }: State, batch: np.Array) => {
    const [loss, grads] = gradient(parameters.map((p) => p.ref), batch);
    const [power1, power2] = [powers[0]!.mul(0.9), powers[1]!.mul(0.999)];
    const next: State = { parameters: [], mus: [], nus: [], powers: [power1, power2] };
    grads.forEach((grad, i) => {
      const mu = mus[i]!.mul(0.9).add(grad.ref.mul(0.1));
      const nu = nus[i]!.mul(0.999).add(np.square(grad).mul(0.001));
      const mean = mu.ref.div(np.array(1).sub(power1.ref));
      const deviation = np.sqrt(nu.ref.div(np.array(1).sub(power2.ref))).add(1e-8);
      next.parameters.push(parameters[i]!.sub(mean.div(deviation).mul(problem.learningRate)));
      next.mus.push(mu);
      next.nus.push(nu);
    });
    return { state: next, loss };
  });
  const put = ({ data, shape }: Tensor) => np.array(data, { shape: [...shape] });
  return {
    upload: put,
    start: () => ({
      parameters: problem.parameters.map(put),
      mus: problem.parameters.map(({ shape }) => np.zeros([...shape])),
      nus: problem.parameters.map(({ shape }) => np.zeros([...shape])),
      powers: [np.array(1), np.array(1)],
    }),
    step: (state, batch) => update(state, batch.ref) as { state: State; loss: np.Array },
    read: async (loss) => (await read(loss))[0]!,
    settle: async ({ parameters }) => void await Promise.all(parameters.map((p) => read(p.ref))),
    discard: isSync ? null : (loss) => loss.dispose(),
    weights: async ({ parameters }) =>
      (await Promise.all(parameters.map((p) => read(p.ref)))).flatMap((data) => [...data as Float32Array]),
    free: (state) => tree.dispose(state),
  };
}

await init(device);
defaultDevice(device);
const adapter = device === "webgpu" ? await navigator.gpu.requestAdapter() : null;
await serve(
  { library: `jax-js 0.1.25, ${device}`, adapter: adapter?.info.description ?? null },
  new StepRunner(trainingOf, device === "webgpu"),
);
