/**
 * Configurations: how a stepper, data and losses make one number.
 *
 * @module
 */
import type { AnyStepper, StateFunction } from "../graph/stepper.ts";
import { type Recording, type Tape, TapeRecorder } from "./tape.ts";

/** What a configuration may apply. */
export interface Parts {
  /** The stepper that is trained. */
  readonly stepper: AnyStepper;
  /** The reference stepper, u' = P(u); its parameters are not trained. */
  readonly refStepper?: StateFunction | undefined;
  /** The residuum r(next, previous), zero where the two states obey the discrete equations. */
  readonly residuum?: StateFunction | undefined;
}

/**
 * A configuration says how steppers, data and losses make one number (trainax: `BaseConfiguration`).
 *
 * @example A configuration of one's own: the loss after the last step only
 * ```ts
 * import { Configuration, losses, type Parts, type Tape } from "@unroll/unroll";
 *
 * class LastStep extends Configuration {
 *   readonly name = "LastStep";
 *   readonly numSnapshots = 4;
 *   record(tape: Tape, { stepper }: Parts): void {
 *     let prediction = tape.snapshot(0);
 *     for (let t = 0; t < 3; t++) prediction = tape.apply(stepper, prediction);
 *     tape.loss(losses.mse(), prediction, tape.snapshot(3));
 *   }
 * }
 * ```
 */
export abstract class Configuration {
  /** The name, as it stands in messages. */
  abstract readonly name: string;
  /** How many snapshots of a trajectory it reads, the initial state included. */
  abstract readonly numSnapshots: number;
  /**
   * Records the applications and losses of one window.
   *
   * @param tape the tape to record on
   * @param parts what may be applied
   */
  abstract record(tape: Tape, parts: Parts): void;

  /**
   * A part that this configuration cannot do without.
   *
   * @param parts the parts given
   * @param name the one asked for
   * @throws {TypeError} when it was not given
   */
  protected need(parts: Parts, name: "refStepper" | "residuum"): StateFunction {
    const part = parts[name];
    if (part === undefined) {
      throw new TypeError(`Cannot record ${this.name} as it needs a ${name}: current ${name} is undefined`);
    }
    return part;
  }
}

/**
 * Records a configuration on a fresh tape.
 *
 * @param configuration the configuration
 * @param parts what it may apply
 * @throws {RangeError} when it records no loss, or reads a snapshot beyond its `numSnapshots`
 */
export function recordTape(configuration: Configuration, parts: Parts): Recording {
  const { stepper, refStepper } = parts;
  const tape = new TapeRecorder(stepper);
  // The reference is never trained: where it is the stepper itself, it is another function with the same parameters.
  const reference = refStepper === stepper ? stepper.with(stepper.parameters as never) : refStepper;
  configuration.record(tape, { ...parts, refStepper: reference });
  if (tape.losses.length === 0) {
    throw new RangeError(
      `Cannot record ${configuration.name} as it must add at least one loss: current number of losses is 0`,
    );
  }
  for (const value of tape.values) {
    if (value.kind === "snapshot" && value.time >= configuration.numSnapshots) {
      throw new RangeError(
        `Cannot record ${configuration.name} as it may read snapshots below numSnapshots=${configuration.numSnapshots}: ` +
          `current snapshot is ${value.time}`,
      );
    }
  }
  return tape;
}
