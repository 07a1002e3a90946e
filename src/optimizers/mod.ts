/**
 * The optimizers.
 *
 * @module
 */
export { adam, type AdamOptions } from "./adam.ts";
export type { Optimizer, Transform } from "./optimizer.ts";
export * as schedules from "./schedules.ts";
export type { ExponentialDecayOptions, Schedule } from "./schedules.ts";
export { sgd, type SgdOptions } from "./sgd.ts";
