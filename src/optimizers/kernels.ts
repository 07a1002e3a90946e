/**
 * The kernels of an optimizer: its chain, linked into one for all parameters. Where a transform reads the norm of all
 * that enters it, the chain is cut before it: what left the part before lies in a buffer and its norm is added up.
 *
 * @module
 */
import {
  FRAMES_GLOBAL_NORM,
  FRAMES_OPTIMIZER,
  FRAMES_STEP,
  FRAMES_SUM_SQUARES,
} from "../../shaders/bundle.ts";
import type { Stepper } from "../graph/stepper.ts";
import { isFrozen } from "../graph/stepper.ts";
import { isNdArray, leavesOf, type NdArray, type Tree } from "../ndarray.ts";
import { constantsText } from "../wgsl/io.ts";
import { WORKGROUP_SIZE } from "../wgsl/kernel.ts";
import { setterOf, withoutComments } from "../wgsl/op_text.ts";
import { maskedPaths } from "./mask.ts";
import { momentsOf, type Optimizer, scalarsOf, type Transform } from "./optimizer.ts";

/** Partial sums of squares of each member, at most: as many as a workgroup has lanes. */
const MAX_SUMS = WORKGROUP_SIZE;

/** How many parameters there are, padding included, and members. */
export interface OptimizerSizes {
  /** P, the floats of one member's parameters. */
  readonly parameters: number;
  /** M. */
  readonly members: number;
}

/** One kernel of an optimizer: a whole module whose bindings bear the keys of their buffers. */
export interface OptimizerKernel {
  /** Its name. */
  readonly label: string;
  /** Its text. */
  readonly text: string;
  /** What it imports. */
  readonly modules: Readonly<Record<string, string>>;
  /** How many workgroups it needs. */
  readonly workgroups: number;
}

/** A buffer of an optimizer. */
export interface OptimizerBuffer {
  /** Its key: the name of its bindings. */
  readonly key: "moments" | "schedule" | "roles" | "updates" | "squares";
  /** What it holds. */
  readonly kind: "optimizer" | "tables";
  /** Its size; 0 where it is not needed. */
  readonly bytes: number;
}

/** A stretch of a chain that is one kernel, with the places of its transforms in the chain. */
interface Stage {
  readonly transforms: readonly (Transform & { readonly at: number })[];
  /** Whether its first transform reads the norm of what enters it. */
  readonly readsNorm: boolean;
}

const readsNorm = ({ wgsl }: Transform): boolean => /\bglobalNorm\b/.test(withoutComments(wgsl));

function stagesOf({ transforms }: Optimizer): Stage[] {
  const stages: { transforms: Stage["transforms"][number][]; readsNorm: boolean }[] = [];
  transforms.forEach((transform, at) => {
    const reads = readsNorm(transform);
    if (stages.length === 0 || reads) stages.push({ transforms: [], readsNorm: reads });
    stages.at(-1)!.transforms.push({ ...transform, at });
  });
  return stages;
}

/**
 * The buffers of an optimizer.
 *
 * @param optimizer the optimizer
 * @param sizes parameters and members
 * @param updates how many updates the table of scalars holds
 */
export function optimizerBuffers(
  optimizer: Optimizer,
  { parameters, members }: OptimizerSizes,
  updates: number,
): OptimizerBuffer[] {
  const stages = stagesOf(optimizer);
  const floats = (key: OptimizerBuffer["key"], kind: OptimizerBuffer["kind"], count: number) => (
    { key, kind, bytes: 4 * count }
  );
  return [
    floats("moments", "optimizer", momentsOf(optimizer).length * members * parameters),
    floats("schedule", "tables", scalarsOf(optimizer).length * members * updates),
    floats("roles", "tables", parameters),
    floats("updates", "optimizer", stages.length > 1 ? members * parameters : 0),
    floats("squares", "optimizer", stages.some((stage) => stage.readsNorm) ? members * MAX_SUMS : 0),
  ];
}

/** The kernels of one update, in order. */
export function optimizerKernels(
  optimizer: Optimizer,
  { parameters, members }: OptimizerSizes,
): OptimizerKernel[] {
  const tiles = Math.ceil(parameters / WORKGROUP_SIZE);
  const stages = stagesOf(optimizer);
  return stages.flatMap((stage, s) => {
    const source = sourceModule(s === 0 ? "gradient" : "updates");
    const sumSquares: OptimizerKernel = {
      label: "sum_squares",
      text: FRAMES_SUM_SQUARES,
      modules: { source },
      workgroups: members * Math.min(MAX_SUMS, tiles),
    };
    const kernel: OptimizerKernel = {
      label: "optimizer",
      text: FRAMES_OPTIMIZER,
      modules: { source, step: FRAMES_STEP, ...stageModules(optimizer, stage, s === stages.length - 1) },
      workgroups: members * tiles,
    };
    return stage.readsNorm ? [sumSquares, kernel] : [kernel];
  });
}

/**
 * The modules of an optimizer that one lane can make for one parameter, for a kernel that steps parameters itself; null
 * where a transform reads a norm, which all parameters must have entered before.
 */
export function onlyStage(optimizer: Optimizer): Readonly<Record<string, string>> | null {
  const [stage, ...others] = stagesOf(optimizer);
  return others.length > 0 || stage!.readsNorm ? null : stageModules(optimizer, stage!, true);
}

/** The last store of an update. */
const STORE_PARAMETER = `fn store(i: u32, x: f32) {
  let next = parameters[i] + x;
  parameters[i] = next;
  if (!isFinite(next)) { atomicMin(&stops[member], update.number); }
}`;

function sourceModule(buffer: "gradient" | "updates"): string {
  return `import package::main::${buffer};\nfn source(i: u32) -> f32 { return ${buffer}[i]; }`;
}

/** The modules of a stage, by path. */
function stageModules(
  optimizer: Optimizer,
  { transforms, readsNorm }: Stage,
  isLast: boolean,
): Record<string, string> {
  const modules: Record<string, string> = readsNorm ? { global_norm: FRAMES_GLOBAL_NORM } : {};
  for (const transform of transforms) {
    modules[`t${transform.at}/${transform.name}`] = transform.wgsl;
    modules[`t${transform.at}/io`] = ioModule(optimizer, transform);
  }
  const calls = transforms.reduce((x, { at }) => `t${at}(${x}, i)`, "g");
  modules.stage = [
    `import package::main::${isLast ? "parameters" : "updates"};`,
    ...(readsNorm ? ["import package::main::norm;", "import package::global_norm::globalNorm;"] : []),
    ...transforms.map(({ at, name }) => `import package::t${at}::${name}::transform as t${at};`),
    ...(isLast
      ? ["import package::main::{stops, update, member};", "import package::finite::isFinite;"]
      : []),
    `fn prepare(owner: u32, lane: u32) { ${readsNorm ? "norm = globalNorm(owner, lane);" : ""} }`,
    `fn transform(g: f32, i: u32) -> f32 { return ${calls}; }`,
    isLast ? STORE_PARAMETER : "fn store(i: u32, x: f32) { updates[i] = x; }",
  ].join("\n");
  return modules;
}

/** The `io` module of one transform: i counts the parameters of all members. */
function ioModule(
  optimizer: Optimizer,
  { at, constants, moments, scalars, mask }: Stage["transforms"][number],
): string {
  const before = { ...optimizer, transforms: optimizer.transforms.slice(0, at) };
  const [firstMoment, firstScalar] = [momentsOf(before).length, scalarsOf(before).length];
  const numScalars = scalarsOf(optimizer).length;
  return [
    "import package::main::{moments, schedule, parameters, update, member, role, norm};",
    constantsText(constants),
    ...moments.flatMap((name, k) => {
      const place = `moments[${firstMoment + k}u * update.members * update.parameters + i]`;
      return [
        `fn ${name}(i: u32) -> f32 { return ${place}; }`,
        `fn ${setterOf(name)}(i: u32, x: f32) { ${place} = x; }`,
      ];
    }),
    ...Object.keys(scalars).map((name, k) =>
      `fn ${name}() -> f32 { return schedule[update.schedule + member * ${numScalars}u + ${
        firstScalar + k
      }u]; }`
    ),
    "fn parameter(i: u32) -> f32 { return parameters[i]; }",
    `fn masked() -> bool { return ${mask ? `(role & ${2 ** maskBit(optimizer, at)}u) != 0u` : "true"}; }`,
    "fn globalNorm() -> f32 { return norm; }",
  ].join("\n");
}

/** The bit of a transform's mask in the roles; bit 0 says whether a parameter is trained. */
function maskBit({ transforms }: Optimizer, at: number): number {
  return 1 + transforms.slice(0, at).filter(({ mask }) => mask).length;
}

/**
 * What each element of the flat parameters is to an optimizer: bit 0 where it is trained, then a bit for each mask.
 * Frozen parameters and the padding between leaves have none, so that nothing ever changes them.
 *
 * @param optimizer the optimizer
 * @param stepper the stepper that is trained
 * @param layout where its parameters lie
 * @throws {OptionsError} when a mask names no parameter
 */
export function rolesOf(
  optimizer: Optimizer,
  stepper: Pick<Stepper, "parameters" | "frozen">,
  layout: { readonly length: number; offsetOf(path: string): number },
): Uint32Array<ArrayBuffer> {
  const roles = new Uint32Array(layout.length);
  const parameters = stepper.parameters as Tree<NdArray>;
  const masks = optimizer.transforms.flatMap(({ description, mask }, at) =>
    mask ? [{ bit: maskBit(optimizer, at), paths: maskedPaths(description, mask, parameters) }] : []
  );
  for (const { path, value } of leavesOf(parameters, isNdArray)) {
    if (isFrozen(stepper, path)) continue;
    const role = masks.reduce((sum, { bit, paths }) => sum + (paths.has(path) ? 2 ** bit : 0), 1);
    roles.fill(role, layout.offsetOf(path), layout.offsetOf(path) + value.size);
  }
  return roles;
}
