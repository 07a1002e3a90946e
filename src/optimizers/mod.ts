/**
 * The optimizers.
 *
 * @module
 */
export { adam, type AdamOptions, scaleByAdam } from "./adam.ts";
export { adamw, type AdamwOptions } from "./adamw.ts";
export { chain } from "./chain.ts";
export { clipByGlobalNorm } from "./clip.ts";
export { addDecayedWeights, type AddDecayedWeightsOptions } from "./decay.ts";
export { scaleByLearningRate, type ScaleByLearningRateOptions } from "./learning_rate.ts";
export { lion, type LionOptions, scaleByLion, type ScaleByLionOptions } from "./lion.ts";
export type { Mask } from "./mask.ts";
export type { Optimizer, Transform } from "./optimizer.ts";
export * as schedules from "./schedules.ts";
export type {
  CosineDecayOptions,
  ExponentialDecayOptions,
  LinearOptions,
  PiecewiseConstantOptions,
  Schedule,
  WarmupConstantOptions,
  WarmupCosineDecayOptions,
} from "./schedules.ts";
export { sgd, type SgdOptions, trace, type TraceOptions } from "./sgd.ts";
