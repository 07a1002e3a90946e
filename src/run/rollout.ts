/**
 * Rollouts: a stepper applied to its own output, without losses.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { graphOf } from "../graph/graph.ts";
import type { AnyStepper, Stepper } from "../graph/stepper.ts";
import { NdArray, type Shape, showShape, sizeOf, type Tree } from "../ndarray.ts";
import { checkOptions, instance, integer } from "../options.ts";
import type { Action } from "../tape/program.ts";
import { requireFits } from "./memory.ts";
import type { Model } from "./model.ts";
import { Layout } from "./layout.ts";
import { Plan } from "./plan.ts";
import { poolKey } from "./resources.ts";
import { strideOf } from "./strides.ts";
import { stepperSchema } from "./objective.ts";
import { requireFinite, Trajectories } from "./trajectories.ts";

/** Steps that are computed before the states are read back. */
const CHUNK_STEPS = 128;

/**
 * Applies a stepper again and again (exponax: `rollout`, with the initial state).
 *
 * @param gpu the device
 * @param stepper the stepper
 * @param u0 the initial states, [S, C, ...N] or [S, D], finite
 * @param numSteps how often to apply it, an integer >= 0
 * @returns the states, [S, numSteps + 1, C, ...N], the initial ones first
 * @throws {RangeError} when an argument does not hold
 * @throws {GpuError} when the buffers do not fit, or the device fails
 *
 * @example
 * ```ts
 * import { Gpu, NdArray, random, rollout, steppers } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 3, key: random.key(0) });
 * const trajectory = await rollout(gpu, stepper, NdArray.zeros([2, 1, 30]), 10);
 * assertEquals(trajectory.shape, [2, 11, 1, 30]);
 * ```
 */
export async function rollout<P extends Tree<NdArray>>(
  gpu: Gpu,
  stepper: Stepper<P>,
  u0: NdArray,
  numSteps: number,
): Promise<NdArray> {
  const what = `roll out ${(stepper as Stepper<P> | null)?.name || "a stepper"}`;
  const schema = { stepper: stepperSchema(), u0: instance(NdArray, "NdArray"), numSteps: integer(0) };
  checkOptions(what, schema, { stepper, u0, numSteps });
  const [samples, ...snapshot] = u0.shape;
  if (snapshot.length === 0 || u0.size === 0) {
    throw new ShapeError(
      `Cannot ${what} as u0 must have the axes [samples, channels, ...space], none of them empty: ` +
        `current shape of u0 is ${showShape(u0.shape)}`,
      { op: stepper.name, axis: "u0", expected: "[S, C, ...N]", actual: showShape(u0.shape) },
    );
  }
  requireFinite(what, "u0", u0);
  const initial = new Trajectories(what, new NdArray(u0.data, [samples ?? 0, 1, ...snapshot]), 1);
  const steps = Math.min(numSteps, CHUNK_STEPS);
  const model = rolloutModel(stepper, snapshot, steps);
  const layout = new Layout(model, {
    stepper: stepper,
    trajectories: initial,
    batch: initial.numSamples,
    members: 1,
    updates: 1,
    runner: "launches",
  }, gpu);
  requireFits(what, gpu, layout.buffers, []);
  using plan = await Plan.create(gpu, layout);
  plan.writeParameters([stepper.parameters]);
  plan.writeUpdates(
    plan.recordsOf([{ number: 1, live: initial.numSamples }]),
    Uint32Array.from({ length: samples! }, (_, i) => i),
  );
  const result = NdArray.zeros([samples!, numSteps + 1, ...snapshot]);
  const size = sizeOf(snapshot);
  const row = samples! * strideOf(snapshot);
  for (let sample = 0; sample < samples!; sample++) {
    result.data.set(u0.data.subarray(sample * size, (sample + 1) * size), sample * (numSteps + 1) * size);
  }
  for (let done = 0; done < numSteps; done += steps) {
    gpu.submit(what, (pass) => plan.encode(pass, 0, 1));
    const [bytes] = await gpu.read([{ memory: plan.buffer(poolKey("states", snapshot)) }]);
    const states = new Float32Array(bytes!);
    for (let t = 1; t <= Math.min(steps, numSteps - done); t++) {
      for (let sample = 0; sample < samples!; sample++) {
        const from = t * row + sample * strideOf(snapshot);
        result.data.set(states.subarray(from, from + size), (sample * (numSteps + 1) + done + t) * size);
      }
    }
    gpu.write(plan.buffer("data"), states.slice(steps * row, (steps + 1) * row));
  }
  return result;
}

/** The model of a number of steps that keeps every state: state t lies in slot t. */
function rolloutModel(stepper: AnyStepper, snapshot: Shape, steps: number): Model {
  const graph = graphOf(stepper, [snapshot], false);
  const forward = Array.from({ length: steps }, (_, t): Action => (
    { kind: "forward", f: 0, inputs: [t], state: t + 1, keeps: false }
  ));
  return {
    program: {
      functions: [stepper],
      trained: 0,
      losses: [],
      actions: [{ kind: "load", state: 0, time: 0 }, ...forward],
    },
    functions: [{ graph, adjoint: [], kept: new Set(), stateKinds: ["state"], batchReduction: null }],
    losses: [],
    lossOfTerm: [],
    shapes: new Array(steps + 1).fill(snapshot),
  };
}
