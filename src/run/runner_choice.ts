/**
 * Which runner interprets a program: a rule on counted work, never a stopwatch, since another runner gives other bits.
 *
 * @module
 */
import * as z from "zod";
import type { AnyStepper } from "../graph/stepper.ts";
import type { Shape } from "../ndarray.ts";
import { KindTable, movedFloats, numCalls, type ResidentText } from "../wgsl/resident_table.ts";
import { plannedUnits } from "./layout.ts";
import type { Model } from "./model.ts";
import { residentTextOf } from "./resident_units.ts";

/** A runner: a dispatch for each op of each action, or one for a whole update. */
export type RunnerKind = "launches" | "resident";

/**
 * Which runner interprets the program. `"launches"` makes a dispatch for each op of each step and runs anything;
 * `"resident"` makes one dispatch for a whole update and carries tiny states through it in registers; `"auto"` takes
 * `"resident"` for what is tiny. Another runner adds in another order, so its bits differ in the last places.
 */
export type RunnerOption = RunnerKind | "auto";

/** The schema of a runner. */
export const runnerSchema = (): z.ZodMiniType<RunnerOption> =>
  z.custom<RunnerOption>((x) => x === "auto" || x === "launches" || x === "resident", {
    error: '"auto", "launches" or "resident"',
  });

/** What the runners are weighed by, for one lane: all of it stands in the text of the resident kernel. */
interface Work {
  /** Floats in private memory: states, cotangents, inner results, parameters and their cotangents. */
  readonly floats: number;
  /** Calls of op functions: an element, or a summand of one, each. */
  readonly calls: number;
  /** Kinds of entries in the table. */
  readonly kinds: number;
  /** Rows of the batch. */
  readonly rows: number;
}

/** What the resident kernel can do: WGSL guarantees 8 KiB of private memory, text must be compiled, a kind has 8 bits. */
const POSSIBLE: Work = { floats: 1984, calls: 4096, kinds: 255, rows: Infinity };
/**
 * What `"auto"` gives to it. Beyond 660 floats a software adapter takes about 2 s and more to compile the kernel for
 * the first time; more rows are better spread over workgroups.
 */
const PREFERRED: Work = { floats: 660, calls: 1500, kinds: 255, rows: 256 };

const NAMES: Readonly<Record<keyof Work, string>> = {
  floats: "floats in registers",
  calls: "calls in the kernel",
  kinds: "kinds of actions",
  rows: "rows in the batch",
};

/** A runner, and why it was taken. */
export interface RunnerChoice {
  /** The runner. */
  readonly runner: RunnerKind;
  /** Why, in words. */
  readonly why: string;
}

function workOf(text: ResidentText, rows: number): Work {
  return {
    floats: [...text.registers.values()].reduce((a, b) => a + b, movedFloats(text)),
    calls: numCalls(text.units.flatMap(({ forward, adjoint }) => [...forward, ...adjoint])),
    kinds: new KindTable(text).size,
    rows,
  };
}

/** The first number that is beyond its limit. */
function beyond(work: Work, limits: Work): keyof Work | undefined {
  return (["floats", "calls", "kinds", "rows"] as const).find((name) => work[name] > limits[name]);
}

/** What a runner is chosen for. */
export interface RunnerProblem {
  /** The model with its gradient, so that values and gradients have the same runner. */
  readonly model: Model;
  /** The stepper that is trained. */
  readonly stepper: AnyStepper;
  /** The shape of a snapshot. */
  readonly snapshot: Shape;
  /** Rows of the batch. */
  readonly batch: number;
}

/**
 * The runner for a problem. It depends on shapes only: not on numbers of steps, cuts, weights or the memory policy.
 *
 * @param what what was to be done, for example `train Supervised`
 * @param option what was asked for
 * @param problem model, stepper, sizes
 * @throws {RangeError} when `"resident"` was asked for and cannot run
 */
export function chooseRunner(
  what: string,
  option: RunnerOption,
  { model, stepper, snapshot, batch }: RunnerProblem,
): RunnerChoice {
  if (option === "launches") return { runner: "launches", why: "asked for" };
  const text = residentTextOf(plannedUnits(model, stepper), stepper, snapshot);
  const work = workOf(text, batch);
  const limits = option === "resident" ? POSSIBLE : PREFERRED;
  const over = beyond(work, limits);
  if (over === undefined) {
    const sizes = `${work.floats} ${NAMES.floats}, ${work.calls} ${NAMES.calls}`;
    return { runner: "resident", why: option === "resident" ? `asked for; ${sizes}` : `tiny: ${sizes}` };
  }
  if (option === "auto") {
    return { runner: "launches", why: `${work[over]} ${NAMES[over]} are more than ${limits[over]}` };
  }
  throw new RangeError(
    `Cannot ${what} as runner: "resident" takes at most ${limits[over]} ${NAMES[over]}: ` +
      `current number is ${work[over]}`,
  );
}
