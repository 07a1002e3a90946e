/**
 * The problem of trainax's own tests (`tests/test_loss_and_gradients.py/_utils.py`) on the device: networks of 10 dofs,
 * and trajectories of a reference network.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  Composite,
  type Configuration,
  constant,
  defineStepper,
  DivertedChain,
  DivertedChainBranchOne,
  MixChainPostPhysics,
  type NdArray,
  ops,
  random,
  Residuum,
  rollout,
  type Stepper,
  Supervised,
  type Tree,
  type Var,
} from "../../mod.ts";
import { isNdArray, leavesOf } from "../../src/ndarray.ts";
import golden from "../golden/trainax_suite.json" with { type: "json" };
import { gpu } from "../ops/device.ts";

const SIZES = [10, 16, 16, 16, 10];
const NUM_SAMPLES = 5;
const NUM_STEPS = 20;
const NUM_PRODUCTS = 4;

/** Weights and biases, first layer first. */
type Parameters = { readonly layers: readonly { readonly weight: NdArray; readonly bias: NdArray }[] };

/** Dense layers with relu between them. */
function forward(u: Var, layers: readonly { readonly weight: Var; readonly bias: Var }[]): Var {
  return layers.reduce((v, { weight, bias }, i) => {
    const affine = ops.dense({ u: v, w: weight, b: bias });
    return i < layers.length - 1 ? ops.relu({ u: affine }) : affine;
  }, u);
}

/** `equinox.nn.MLP(10, 10, width_size=16, depth=3, activation=relu)`, with its initial parameters. */
function network(seed: number): Stepper<Parameters> {
  const layers = random.split(random.key(seed), SIZES.length - 1).map((key, i) => {
    const [weightKey, biasKey] = random.split(key);
    const limit = 1 / Math.sqrt(SIZES[i]!);
    const bounds = { minval: -limit, maxval: limit };
    return {
      weight: random.uniform(weightKey, [SIZES[i + 1]!, SIZES[i]!], bounds),
      bias: random.uniform(biasKey, [SIZES[i + 1]!], bounds),
    };
  });
  return defineStepper<Parameters>({
    name: `network ${seed}`,
    parameters: { layers },
    forward: (u, p) => forward(u, p.layers),
  });
}

/** The same network as a function of the state alone. */
function frozen(seed: number): (u: Var) => Var {
  const { parameters: { layers } } = network(seed);
  return (u) =>
    forward(u, layers.map(({ weight, bias }) => ({ weight: constant(weight), bias: constant(bias) })));
}

/** The stepper that is trained. */
export const STEPPER: Stepper<Parameters> = network(11);

const next = frozen(31);
const previous = frozen(77);

/** The parts that configurations need. */
export const PARTS = {
  refStepper: network(27) as unknown as Stepper,
  residuum: (a: Var, b: Var): Var => ops.sub({ a: next(a), b: previous(b) }),
};

/** The trajectories, [5, 21, 10]. */
export const DATA: NdArray = await rollout(
  gpu,
  network(27),
  random.normal(random.key(0), [NUM_SAMPLES, SIZES[0]!]),
  NUM_STEPS,
);

/** A configuration as it stands in the golden file. */
export interface Description {
  readonly name: string;
  readonly options?: object;
  readonly configurations?: readonly Description[];
  readonly weights?: readonly number[];
}

const CLASSES = { Supervised, DivertedChain, DivertedChainBranchOne, MixChainPostPhysics, Residuum };

/** The configuration of a description. */
export function configurationOf({ name, options, configurations, weights }: Description): Configuration {
  if (name === "Composite") return new Composite(configurations!.map(configurationOf), weights!);
  return new CLASSES[name as keyof typeof CLASSES](options);
}

/** A description in a line. */
export function show({ name, options = {}, configurations, weights }: Description): string {
  const text = configurations
    ? configurations.map((part, i) => `${weights![i]} ${show(part)}`).join(" + ")
    : Object.entries(options).map(([key, value]) => `${key}=${value}`).join(", ");
  return `${name}(${text})`;
}

/** The products of each leaf of a tree of parameters with normal vectors. */
export function products(tree: Tree<NdArray>): number[][] {
  return leavesOf(tree, isNdArray).map(({ value: { data, size } }, i) => {
    const vectors = random.normal(random.key(100 + i), [NUM_PRODUCTS, size]);
    return Array.from({ length: NUM_PRODUCTS }, (_, k) => {
      const vector = vectors.row(k).data;
      return data.reduce((sum, x, j) => sum + x * vector[j]!, 0);
    });
  });
}

/** The relative distance of numbers from those they should be; absolute where these are all zero. */
export function distance(actual: readonly number[], expected: readonly number[]): number {
  const norm = Math.hypot(...expected) || 1;
  return Math.hypot(...expected.map((x, i) => x - actual[i]!)) / norm;
}

/** Asserts that the distance is at most 1e-5 or four times that of trainax's float32 from its float64. */
export function assertNear(
  what: string,
  actual: readonly number[],
  expected: readonly number[],
  gap: number,
): void {
  const found = distance(actual, expected);
  assert(
    found <= Math.max(1e-5, 4 * gap),
    `${what} is at distance ${found}: ${actual} instead of ${expected}`,
  );
}

/** The golden file. */
export const GOLDEN = golden;
