/**
 * Reference trajectories to train on, the counterpart of `trainax.sample_data`.
 *
 * @module
 */
export { advection1dPeriodic, type Advection1dPeriodicOptions } from "./sample_data/advection.ts";
export {
  lorenzRk4,
  type LorenzRk4Options,
  type LorenzStepperRk4Options,
  makeLorenzStepperRk4,
} from "./sample_data/lorenz.ts";
