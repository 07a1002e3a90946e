/**
 * What the tests of tapes and programs apply. Nothing here runs on a device.
 *
 * @module
 */
import { defineStepper, type StateFunction, type Stepper } from "../../src/graph/stepper.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray } from "../../src/ndarray.ts";
import { conv, sub, tanh } from "../../src/ops/mod.ts";
import type { Configuration, Parts } from "../../src/tape/configuration.ts";
import { recordTape } from "../../src/tape/configuration.ts";
import type { Dependence } from "../../src/tape/flow.ts";
import type { MemorySchedule, Program } from "../../src/tape/program.ts";
import { programOf } from "../../src/tape/sweep.ts";

/** The stepper that is trained, the two taps of trainax's README. */
export const F: Stepper = defineStepper({
  name: "f",
  parameters: { weight: new NdArray([-0.5, 0.25], [1, 1, 2]) },
  forward: (u, p) => conv({ u, w: p.weight }),
}) as unknown as Stepper;

/** The reference stepper. */
export const P: StateFunction = function P(u: Var): Var {
  return tanh({ u });
};

/** The residuum. */
export const RESIDUUM: StateFunction = function r(next: Var, previous: Var): Var {
  return sub({ a: next, b: previous });
};

/** All parts. */
export const PARTS: Parts = { stepper: F, refStepper: P, residuum: RESIDUUM };

/** Every result depends on every argument. */
export const ALL: Dependence = { functionOn: () => true, termOn: () => true };

/** The program of a configuration; without a policy the one that evaluates only. */
export function programFor(
  configuration: Configuration,
  schedule?: MemorySchedule,
  parts: Parts = PARTS,
): Program {
  return programOf(recordTape(configuration, parts), {
    trained: parts.stepper,
    gradient: schedule !== undefined,
    schedule: schedule ?? "store",
    dependence: ALL,
  });
}
