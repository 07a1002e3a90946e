/**
 * The losses.
 *
 * @module
 */
export { type LossOptions, mse } from "./mse.ts";
