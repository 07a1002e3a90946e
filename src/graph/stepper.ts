/**
 * Steppers: functions of a state with named parameters.
 *
 * @module
 */
import { OptionsError } from "../errors.ts";
import { isNdArray, leavesOf, type MapTree, type NdArray, showShape, type Tree } from "../ndarray.ts";
import type { Var } from "./var.ts";

/** The tree of graph variables for a tree of parameters. */
export type Vars<P> = MapTree<P, NdArray, Var>;

/** A function that maps a state to the next time level, u' = f(u), with its parameters. */
export interface Stepper<P extends Tree<NdArray> = Tree<NdArray>> {
  /** Its name, as it stands in messages and saved files. */
  readonly name: string;
  /** The parameters, a tree of float32 arrays. */
  readonly parameters: P;
  /** Paths of parameters that are not trained. */
  readonly frozen: readonly string[];
  /**
   * One application to the state of one sample, by ops.
   *
   * @param u the state
   * @param p the parameters
   */
  forward(u: Var, p: Vars<P>): Var;
  /**
   * The same stepper with other parameters.
   *
   * @param parameters a tree of the same structure and shapes
   */
  with(parameters: P): Stepper<P>;
}

/** A stepper of whatever parameters. */
export interface AnyStepper {
  /** Its name, as it stands in messages and saved files. */
  readonly name: string;
  /** The parameters, a tree of float32 arrays. */
  readonly parameters: Tree<NdArray>;
  /** Paths of parameters that are not trained. */
  readonly frozen: readonly string[];
  /** One application to the state of one sample, by ops. */
  forward(u: Var, p: never): Var;
  /** The same stepper with other parameters. */
  with(parameters: never): AnyStepper;
}

/** What a tape can apply: a stepper, or a function of graph variables without parameters. */
export type StateFunction = AnyStepper | ((...states: Var[]) => Var);

/** What {@linkcode defineStepper} takes. */
export interface StepperOptions<P extends Tree<NdArray>> {
  /** Its name. */
  readonly name: string;
  /** The initial parameters. */
  readonly parameters: P;
  /** Paths of parameters that are not trained, `layers.0.bias`; default none. A path covers what lies under it. */
  readonly frozen?: readonly string[];
  /** One application to the state of one sample, by ops. */
  forward(u: Var, p: Vars<P>): Var;
}

/**
 * A stepper of one's own.
 *
 * @param options name, parameters and the function
 * @throws {OptionsError} when a parameter is not finite or a frozen path names nothing
 *
 * @example u' = u + w * u
 * ```ts
 * import { defineStepper, NdArray, ops } from "@unroll/unroll";
 *
 * const stepper = defineStepper({
 *   name: "residual",
 *   parameters: { weight: new NdArray([0.1, 0.2], [1, 1, 2]) },
 *   forward: (u, p) => ops.add({ a: u, b: ops.conv({ u, w: p.weight }) }),
 * });
 * ```
 */
export function defineStepper<P extends Tree<NdArray>>(options: StepperOptions<P>): Stepper<P> {
  const { name, parameters, frozen = [] } = options;
  const leaves = leavesOf(parameters, isNdArray);
  const notFinite = leaves.flatMap(({ path, value }) => {
    const i = value.data.findIndex((x) => !Number.isFinite(x));
    return i < 0 ? [] : [{ path: `parameters.${path}[${i}]`, rule: "finite", value: value.data[i] }];
  });
  const unknown = frozen.filter((path) => !leaves.some((leaf) => covers(path, leaf.path))).map((path) => ({
    path: `frozen.${frozen.indexOf(path)}`,
    rule: `the path of a parameter (${leaves.map((leaf) => leaf.path).join(", ")})`,
    value: path,
  }));
  const faults = [...notFinite, ...unknown];
  if (faults.length > 0) throw new OptionsError(`create stepper ${name}`, faults);
  const structure = (tree: Tree<NdArray>) =>
    leavesOf(tree, isNdArray).map(({ path, value }) => `${path} ${showShape(value.shape)}`).join(", ");
  return {
    name,
    parameters,
    frozen,
    forward: options.forward,
    with(other: P): Stepper<P> {
      if (structure(other) !== structure(parameters)) {
        throw new OptionsError(`set parameters of ${name}`, [{
          path: "parameters",
          rule: `a tree of ${structure(parameters)}`,
          value: structure(other),
        }]);
      }
      return defineStepper({ ...options, parameters: other });
    },
  };
}

/** Whether a path is the other or leads to it. */
export function covers(path: string, leaf: string): boolean {
  return leaf === path || leaf.startsWith(`${path}.`);
}

/** Whether the parameter at a path is not trained. */
export function isFrozen({ frozen }: Pick<AnyStepper, "frozen">, path: string): boolean {
  return frozen.some((prefix) => covers(prefix, path));
}
