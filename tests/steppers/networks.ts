/**
 * The entries of networks.json: networks of Equinox and pdequinox with their initial parameters, and what trainax made
 * of them. See `tests/golden/networks.py`.
 *
 * @module
 */
import type { AnyStepper } from "../../src/graph/stepper.ts";
import { isNdArray, leavesOf, mapTree, type NdArray, type Shape, type Tree } from "../../src/ndarray.ts";
import * as random from "../../src/random/mod.ts";
import {
  classicResNet,
  conv,
  convNet,
  mlp,
  type NetworkStepper,
  type ReceptiveField,
} from "../../src/steppers/mod.ts";

/** The functions that make a network. */
type StepperName = "conv" | "mlp" | "convNet" | "classicResNet";

/** Which network. */
interface Network {
  readonly stepper: StepperName;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Initial parameters. */
export interface Initial extends Network {
  readonly partitionable: boolean;
  readonly numParameters: number;
  readonly receptiveField?: ReceptiveField;
  readonly leaves: readonly { readonly path: string; readonly shape: Shape; readonly sha256: string }[];
}

/** Numbers of float64, and the relative distance of JAX's float32. */
export interface Golden {
  readonly values: string;
  readonly gap: number;
}

/** A network unrolled. */
export interface Unrolled extends Network {
  readonly seed: number;
  readonly dataShape: Shape;
  readonly numRolloutSteps: number;
  readonly cutBpttEvery?: number;
  readonly timeLevelWeights?: readonly number[];
  /** One application to the first snapshots. */
  readonly step: Golden;
  readonly loss: { readonly value: number; readonly gap: number };
  readonly grad: readonly (Golden & { readonly path: string })[];
}

/** A convolution of pdequinox in whole numbers. */
export interface Convolution {
  readonly cIn: number;
  readonly cOut: number;
  readonly n: readonly number[];
  readonly k: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly boundary: "periodic" | "dirichlet" | "neumann";
  readonly shape: Shape;
  readonly v: string;
  readonly receptiveField: ReceptiveField;
}

const FILE = new URL("../golden/networks.json", import.meta.url);

/** The file. */
export const GOLDEN: {
  readonly initial: readonly Initial[];
  readonly convolutions: readonly Convolution[];
  readonly networks: readonly Unrolled[];
} = JSON.parse(Deno.readTextFileSync(FILE));

/** Numbers as the file holds them. */
export function unpack(values: string): Float32Array {
  const bytes = Uint8Array.from(atob(values), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const FACTORIES = { conv, mlp, convNet, classicResNet } as unknown as Readonly<
  Record<StepperName, (options: object) => NetworkStepper<Tree<NdArray>>>
>;

/** The network of an entry. */
export function build({ stepper, options }: Network, key: random.Key): NetworkStepper<Tree<NdArray>> {
  return FACTORIES[stepper]({ ...options, key });
}

/** The leaves of a stepper's parameters. */
export const leaves = (stepper: Pick<AnyStepper, "parameters">) =>
  leavesOf(stepper.parameters as Tree<NdArray>, isNdArray);

/** The network of an entry with the parameters of norms that the golden file was made with. */
export function drawn(entry: Unrolled): NetworkStepper<Tree<NdArray>> {
  const stepper = build(entry, random.key(entry.seed));
  let count = 0;
  const parameters = mapTree(stepper.parameters as Tree<NdArray>, isNdArray, (path, value) => {
    if (!path.includes("norm")) return value;
    const middle = path.endsWith("weight") ? 1 : 0;
    const bounds = { minval: middle - 0.5, maxval: middle + 0.5 };
    return random.uniform(random.key(1000 + count++), value.shape, bounds);
  });
  return stepper.with(parameters);
}

/** ||a - b|| / ||b||. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [off, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    off += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return a.length === b.length ? Math.sqrt(off / size) : Infinity;
}
