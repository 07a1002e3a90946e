/**
 * The callbacks.
 *
 * @module
 */
export { EarlyStopping, type EarlyStoppingOptions } from "./early_stopping.ts";
export type { ConfigurationCallbackOptions } from "./evaluated.ts";
export { GetNetwork } from "./get_network.ts";
export { Loss, type LossCallbackOptions, type LossFound } from "./loss.ts";
export { GradNorm, type GradNormOptions, WeightNorm, type WeightNormOptions } from "./norms.ts";
