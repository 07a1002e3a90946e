/**
 * Checks of one's own ops.
 *
 * @module
 */
export { checkAdjoint, type CheckAdjointOptions } from "./check_adjoint.ts";
export type { AdjointTwin, TwinTensors } from "./reference.ts";
export {
  type AdjointReference,
  AdjointReport,
  type ComparedElement,
  type InputReport,
  type TensorReport,
} from "./report.ts";
