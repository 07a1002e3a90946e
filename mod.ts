/**
 * Unroll trains autoregressive neural emulators of physics by unrolling them in time, on WebGPU.
 *
 * @example Gradient of a stepper through five unrolled steps
 * ```ts
 * import { Gpu, Objective, random, sampleData, steppers, Supervised } from "@unroll/unroll";
 * import { assert } from "@std/assert";
 *
 * await using gpu = await Gpu.request();
 * const data = sampleData.advection1dPeriodic({ cfl: -0.75, key: random.key(0) });
 * const stepper = steppers.conv({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: 2, key: random.key(73) });
 * using objective = new Objective(gpu, new Supervised({ numRolloutSteps: 5 }), { stepper, data });
 * const { loss } = await objective.valueAndGrad();
 * assert(Number.isFinite(loss));
 * ```
 *
 * @module
 */
export {
  DataError,
  type DataErrorOptions,
  DisposedError,
  type Fault,
  GpuError,
  type GpuErrorOptions,
  OptionsError,
  ShapeError,
  type ShapeErrorDetails,
} from "./src/errors.ts";
export { type MapTree, NdArray, type Shape, type Tree } from "./src/ndarray.ts";

export type { Key } from "./src/random/mod.ts";
export * as random from "./src/random/mod.ts";

export {
  type MinibatchInfo,
  PermutationMixer,
  type PermutationMixerOptions,
} from "./src/data/permutation_mixer.ts";
export { decodeNpy, encodeNpy } from "./src/data/npy.ts";
export * as sampleData from "./src/data/sample_data.ts";
export {
  TrajectorySubStacker,
  type TrajectorySubStackerOptions,
  type TrajectoryWindow,
} from "./src/data/sub_stacker.ts";
export type { TrajectoryData, TrajectorySource } from "./src/data/trajectory_source.ts";
export { TrajectoryMixer, type TrajectoryMixerOptions } from "./src/data/trajectory_mixer.ts";

export { type Ensemble, stack } from "./src/graph/ensemble.ts";
export type { BatchReduction, Loss } from "./src/graph/loss.ts";
export {
  type BlockedForm,
  defineOp,
  type Op,
  type OpDefinition,
  type OpOptions,
  type Shapes,
} from "./src/graph/op.ts";
export type { OpForm, Packed, PackedOrder } from "./src/graph/op_form.ts";
export {
  type AnyStepper,
  defineStepper,
  type StateFunction,
  type Stepper,
  type StepperOptions,
  type Vars,
} from "./src/graph/stepper.ts";
export { constant } from "./src/graph/trace.ts";
export { Var } from "./src/graph/var.ts";

export { Configuration, type Parts } from "./src/tape/configuration.ts";
export type { MemorySchedule } from "./src/tape/program.ts";
export type { State, Tape } from "./src/tape/tape.ts";

export * from "./src/configurations/mod.ts";
export { defineLoss, type LossDefinition } from "./src/losses/define_loss.ts";
export * as losses from "./src/losses/mod.ts";
export * as ops from "./src/ops/mod.ts";
export * from "./src/optimizers/mod.ts";
export * as steppers from "./src/steppers/mod.ts";

export * from "./src/check/mod.ts";
export { Gpu } from "./src/gpu/gpu.ts";
export type { GpuLimits } from "./src/gpu/limits.ts";
export type { GpuOptions } from "./src/gpu/options.ts";
export type { KernelTime } from "./src/gpu/profiler.ts";
export type { MemoryReport } from "./src/run/memory.ts";
export { EnsembleObjective, type EnsembleObjectiveOptions } from "./src/run/ensemble_objective.ts";
export type { ObjectiveGradient, ObjectiveValue } from "./src/run/evaluation.ts";
export { Objective, type ObjectiveData, type ObjectiveOptions } from "./src/run/objective.ts";
export type { MemoryPolicy } from "./src/run/policy.ts";
export type { RunnerKind, RunnerOption } from "./src/run/runner_choice.ts";
export type { Window } from "./src/run/windows.ts";
export { rollout } from "./src/run/rollout.ts";

export {
  Callback,
  type CallbackContext,
  type CallbackOptions,
  type CallbackRecord,
} from "./src/training/callbacks/callback.ts";
export * as callbacks from "./src/training/callbacks/mod.ts";
export { DivergenceError } from "./src/training/divergence_error.ts";
export { decodeState, encodeState } from "./src/training/state_format.ts";
export {
  DivertedChainBranchOneTrainer,
  type DivertedChainBranchOneTrainerOptions,
} from "./src/training/diverted_chain_branch_one_trainer.ts";
export {
  DivertedChainTrainer,
  type DivertedChainTrainerOptions,
} from "./src/training/diverted_chain_trainer.ts";
export {
  MixChainPostPhysicsTrainer,
  type MixChainPostPhysicsTrainerOptions,
} from "./src/training/mix_chain_post_physics_trainer.ts";
export { ResiduumTrainer, type ResiduumTrainerOptions } from "./src/training/residuum_trainer.ts";
export { SupervisedTrainer, type SupervisedTrainerOptions } from "./src/training/supervised_trainer.ts";
export type {
  Progress,
  ResumeEnsembleOptions,
  RunOptions,
  TrainEnsembleOptions,
  TrainOptions,
} from "./src/training/train_options.ts";
export { GeneralTrainer } from "./src/training/trainer.ts";
export type { GeneralTrainerOptions, TrainerOptions } from "./src/training/trainer_options.ts";
export { TrainingDataError } from "./src/training/training_data_error.ts";
export type { RunSettings, TrainingState } from "./src/training/training_state.ts";
