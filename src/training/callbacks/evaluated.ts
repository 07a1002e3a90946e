/**
 * What callbacks share that evaluate a configuration.
 *
 * @module
 */
import type { TrajectoryData } from "../../data/trajectory_source.ts";
import type { StateFunction } from "../../graph/stepper.ts";
import type { NdArray, Tree } from "../../ndarray.ts";
import { Objective } from "../../run/objective.ts";
import type { Configuration } from "../../tape/configuration.ts";
import type { CallbackContext, CallbackOptions } from "./callback.ts";

/** Options of a callback that evaluates a configuration. */
export interface ConfigurationCallbackOptions extends CallbackOptions {
  /** The configuration; it need not be the one that is trained. */
  readonly configuration: Configuration;
  /** Trajectories to evaluate on, from their first snapshots; default: the coming update's batch. */
  readonly data?: TrajectoryData;
  /** The reference stepper, for configurations that need one. */
  readonly refStepper?: StateFunction;
  /** The residuum r(next, previous), for configurations that need one. */
  readonly residuum?: StateFunction;
}

/** The objective of a callback for the present parameters. */
export function objectiveOf(
  { gpu, state, data, windows }: CallbackContext,
  options: ConfigurationCallbackOptions,
): Objective<Tree<NdArray>> {
  const { configuration, refStepper, residuum } = options;
  return new Objective(gpu, configuration, {
    stepper: state.stepper,
    ...(options.data ? { data: options.data } : { data, windows }),
    ...(refStepper && { refStepper }),
    ...(residuum && { residuum }),
    // Where it may be the training's, the loss of the batch has the bits that the training records.
    runner: state.settings.runner === "launches" ? "launches" : "auto",
  });
}
