/**
 * What the trainers of one configuration each share.
 *
 * @module
 */
import type { ChainConfiguration } from "../configurations/chain.ts";
import { type Fault, OptionsError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { stateFunctionSchema } from "../run/objective.ts";
import {
  dataFaults,
  type GeneralTrainerOptions,
  TRAINER_SCHEMA,
  type TrainerOptions,
} from "./trainer_options.ts";

/** What a trainer of one configuration is. */
export interface ChainTrainer<O extends TrainerOptions> {
  /** The class, for messages. */
  readonly name: string;
  /** Makes the configuration from the options that are not the trainer's, and refuses unknown ones. */
  readonly create: (own: Omit<O, keyof TrainerOptions>) => ChainConfiguration;
  /** The part that the configuration cannot do without. */
  readonly needed?: "refStepper" | "residuum";
}

/**
 * The options of a general trainer from those of a trainer and its configuration in one.
 *
 * Windows are as long as in trainax's trainers: R + 1 snapshots, or those that the configuration reads where these are
 * more. So the configurations that read only the initial snapshot are trained on the same windows as `Supervised`.
 * Without sub-stacking the one window of a trajectory starts at snapshot 0, and those that are read suffice.
 *
 * @param data the trajectories, checked to be an array
 * @param options options of the trainer and of the configuration
 * @param trainer what the trainer is
 * @throws {OptionsError} naming every option that does not hold
 */
export function chainTrainerOptions<O extends TrainerOptions>(
  data: unknown,
  options: O,
  { name, create, needed }: ChainTrainer<O>,
): GeneralTrainerOptions {
  if (typeof options !== "object" || options === null) checkOptions(`create ${name}`, {}, options);
  const entries = Object.entries(options);
  const isTrainers = ([key]: [string, unknown]) => Object.hasOwn(TRAINER_SCHEMA, key);
  const trainers = Object.fromEntries(entries.filter(isTrainers)) as unknown as TrainerOptions;
  const own = Object.fromEntries(entries.filter((entry) => !isTrainers(entry)));
  const faults: Fault[] = [];
  const schema = needed ? { ...TRAINER_SCHEMA, [needed]: stateFunctionSchema() } : TRAINER_SCHEMA;
  collect(faults, () => checkOptions(`create ${name}`, schema, trainers));
  const configuration = collect(faults, () => create(own as Omit<O, keyof TrainerOptions>), allOptions);
  faults.push(...dataFaults(data));
  if (!configuration || faults.length > 0) throw new OptionsError(`create ${name}`, faults);
  const { numSnapshots, numRolloutSteps } = configuration;
  const isLonger = trainers.doSubStacking !== false && numRolloutSteps + 1 > numSnapshots;
  return { ...trainers, configuration, ...(isLonger ? { subTrajectoryLen: numRolloutSteps + 1 } : {}) };
}

/** An unknown option is told those of the trainer, too. */
function allOptions(fault: Fault): Fault {
  const trainers = Object.keys(TRAINER_SCHEMA).join(", ");
  return { ...fault, rule: fault.rule.replace("(options are ", `(options are ${trainers}, `) };
}

/** The result of a call; undefined where options did not hold, whose faults are kept. */
function collect<T>(faults: Fault[], call: () => T, say = (fault: Fault) => fault): T | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    faults.push(...error.faults.map(say));
    return undefined;
  }
}
