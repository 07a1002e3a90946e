/**
 * The losses.
 *
 * @module
 */
export { composite } from "./composite.ts";
export type { LossOptions } from "./loss_options.ts";
export { lp, type LpOptions } from "./lp.ts";
export { mae } from "./mae.ts";
export { mse } from "./mse.ts";
export { normalizedMae, normalizedMse } from "./normalized.ts";
export { rmse } from "./rmse.ts";
