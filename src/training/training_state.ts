/**
 * The training state: everything that a run depends on, as one value.
 *
 * @module
 */
import { type Fault, OptionsError } from "../errors.ts";
import type { Stepper } from "../graph/stepper.ts";
import { isNdArray, mapTree, NdArray, type Tree } from "../ndarray.ts";
import type { Key } from "../random/mod.ts";

/** What must be the same for a resumed run to give the bits of one that never stopped. */
export interface RunSettings {
  /** The configuration's name, and a fingerprint of what it records: steps, cuts, losses, weights. */
  readonly configuration: string;
  /** The optimizer's name and numbers. */
  readonly optimizer: string;
  /** How many windows a batch has. */
  readonly batchSize: number;
  /** How many windows there are. */
  readonly numTotalSamples: number;
  /** After how many updates a loss enters the history. */
  readonly recordLossEvery: number;
  /** Which runner interprets the program; another sums in another order. */
  readonly runner: string;
}

/** The state of a training run after a number of updates. A value: nothing changes it. */
export interface TrainingState<P extends Tree<NdArray> = Tree<NdArray>> {
  /** How many updates have been done. */
  readonly update: number;
  /** The key of the shuffling, as given at the start. */
  readonly key: Key;
  /** The stepper with its trained parameters. */
  readonly stepper: Stepper<P>;
  /** The optimizer's moments, each a tree like the parameters, by the transform's place and its name (`0.mu`). */
  readonly moments: Readonly<Record<string, P>>;
  /** The losses of the batches of updates 0, n, 2n, ... with n = recordLossEvery, each before its update. */
  readonly lossHistory: Float32Array<ArrayBuffer>;
  /** What must be the same on resuming. */
  readonly settings: RunSettings;
}

/**
 * The state before the first update.
 *
 * @param stepper the stepper, with its initial parameters
 * @param key the key of the shuffling
 * @param moments the names of the optimizer's moments
 * @param settings the settings of the run
 */
export function startState<P extends Tree<NdArray>>(
  stepper: Stepper<P>,
  key: Key,
  moments: readonly string[],
  settings: RunSettings,
): TrainingState<P> {
  const parameters = stepper.parameters as Tree<NdArray>;
  const zeros = mapTree(parameters, isNdArray, (_, { shape }) => NdArray.zeros(shape)) as P;
  return {
    update: 0,
    key,
    stepper,
    moments: Object.fromEntries(moments.map((name) => [name, zeros])),
    lossHistory: new Float32Array(),
    settings,
  };
}

/**
 * What keeps states from going on together under given settings.
 *
 * @param states the states of the members
 * @param settings the settings of the run, for each member
 */
export function settingsFaults<P extends Tree<NdArray>>(
  states: readonly TrainingState<P>[],
  settings: readonly RunSettings[],
): Fault[] {
  return states.flatMap((state, m) => {
    const wanted = { ...settings[m]!, update: states[0]!.update };
    const saved = { ...state.settings, update: state.update };
    return (Object.keys(wanted) as (keyof typeof wanted)[])
      .filter((name) => wanted[name] !== saved[name])
      .map((name) => ({
        path: states.length > 1 ? `states.${m}.${name}` : name,
        rule: `${JSON.stringify(saved[name])}, as in the state`,
        value: wanted[name],
      }));
  });
}

/**
 * Throws unless values are training states.
 *
 * @param what what was to be done
 * @param states the values
 * @throws {OptionsError} naming each that is not
 */
export function checkStates(what: string, states: readonly unknown[]): void {
  const isState = (x: unknown) =>
    Array.isArray((x as TrainingState | null)?.stepper?.frozen) &&
    (x as TrainingState).settings !== undefined && (x as TrainingState).lossHistory instanceof Float32Array;
  const faults = states.flatMap((value, m) =>
    isState(value)
      ? []
      : [{ path: states.length > 1 ? `states.${m}` : "state", rule: "a training state", value }]
  );
  if (faults.length > 0) throw new OptionsError(what, faults);
}
