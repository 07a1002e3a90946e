/**
 * What the configurations share: their options, and where backpropagation through time is cut.
 *
 * @module
 */
import * as z from "zod";
import type { Fault } from "../errors.ts";
import type { Loss } from "../graph/loss.ts";
import { mse } from "../losses/mse.ts";
import { checkOptions, flag, integer, lengthFault, numbers } from "../options.ts";
import { Configuration } from "../tape/configuration.ts";
import type { State, Tape } from "../tape/tape.ts";

/** Options that every rollout configuration has. */
export interface ChainOptions {
  /** R, how often the stepper is applied in a row; an integer >= 1, default 1. */
  readonly numRolloutSteps?: number;
  /** The loss at each time level; default mean squared error. */
  readonly timeLevelLoss?: Loss;
  /** Whether to cut backpropagation through time; default false. */
  readonly cutBptt?: boolean;
  /** After how many steps to cut, each time; an integer >= 1, default 1. Without effect unless `cutBptt`. */
  readonly cutBpttEvery?: number;
  /** A factor for each time level's loss; default ones. */
  readonly timeLevelWeights?: readonly number[];
}

/** The schema of {@linkcode ChainOptions}. */
const CHAIN = {
  numRolloutSteps: z.optional(integer(1)),
  timeLevelLoss: z.optional(z.custom<Loss>(
    (x) => typeof (x as Loss | null)?.forward === "function",
    { error: "a loss" },
  )),
  cutBptt: z.optional(flag()),
  cutBpttEvery: z.optional(integer(1)),
  timeLevelWeights: z.optional(numbers()),
};

/** What a configuration has beyond the common options. */
export interface ChainExtras {
  /**
   * Schemas of its own options.
   *
   * @ignore as the schemas' library is no part of the public interface
   */
  readonly schema?: Record<string, z.ZodMiniType>;
  /** Faults between options. */
  readonly faults?: readonly Fault[];
  /** The length of `timeLevelWeights`; default R. */
  readonly numTimeLevels?: number;
}

/**
 * A configuration with a main chain of R steps: the common options with their defaults, and the cuts. Extend it for a
 * configuration of one's own that takes them.
 */
export abstract class ChainConfiguration extends Configuration {
  /** The name, as it stands in messages. */
  readonly name: string;
  /** R, how often the stepper is applied in a row. */
  readonly numRolloutSteps: number;
  /** The loss at each time level. */
  readonly timeLevelLoss: Loss;
  /** The factor of each time level's loss. */
  readonly timeLevelWeights: readonly number[];
  /** Whether backpropagation through time is cut. */
  readonly cutBptt: boolean;
  /** After how many steps it is cut. */
  readonly cutBpttEvery: number;

  /**
   * Checks the options and takes the defaults.
   *
   * @param name the configuration, for messages
   * @param options what the user gave
   * @param extras what this configuration has beyond the common options
   * @throws {OptionsError} naming every fault
   */
  constructor(name: string, options: ChainOptions, extras: ChainExtras = {}) {
    super();
    this.name = name;
    const { numRolloutSteps = 1, timeLevelWeights } = options ?? {};
    const { numTimeLevels = numRolloutSteps } = extras;
    checkOptions(`create ${name}`, { ...CHAIN, ...extras.schema }, options, [
      ...lengthFault("timeLevelWeights", timeLevelWeights, numTimeLevels),
      ...extras.faults ?? [],
    ]);
    this.numRolloutSteps = numRolloutSteps;
    this.timeLevelLoss = options.timeLevelLoss ?? mse();
    this.timeLevelWeights = timeLevelWeights ? [...timeLevelWeights] : new Array(numTimeLevels).fill(1);
    this.cutBptt = options.cutBptt ?? false;
    this.cutBpttEvery = options.cutBpttEvery ?? 1;
  }

  /** The state after step t (counted from 0), behind a stop-gradient where the chain is cut there. */
  protected cut(tape: Tape, state: State, t: number): State {
    return this.cutBptt && (t + 1) % this.cutBpttEvery === 0 ? tape.stopGradient(state) : state;
  }
}
