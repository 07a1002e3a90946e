/** What optax makes of prescribed gradients, from `tests/golden/optimizers.py`, and how to compare with it. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { adam, type Optimizer, schedules, sgd } from "../../mod.ts";
import golden from "../golden/optimizers.json" with { type: "json" };
import { apply } from "./apply.ts";
import { adamTwin, sgdTwin } from "./twin.ts";

/** One run of the golden file. */
export type GoldenRun = (typeof golden.runs)[number];

/** The gradient of each update, [20][5]. */
export const GRADIENTS: readonly (readonly number[])[] = golden.gradients;

/** Values of the schedules. */
export const { exponentialDecay, constant } = golden;

/** The runs of an optimizer. */
export function runsOf(name: "adam" | "sgd"): GoldenRun[] {
  return golden.runs.filter(({ optimizer }) => optimizer === name);
}

/** The title of a run. */
export function titleOf({ optimizer, learningRate, options }: GoldenRun): string {
  return `${optimizer} at ${learningRate ?? "a decaying rate"} with ${JSON.stringify(options)}`;
}

/** The optimizer of a run. */
export function optimizerOf({ optimizer, learningRate, schedule, options }: GoldenRun): Optimizer {
  const rate = schedule ? schedules.exponentialDecay(schedule) : learningRate!;
  return optimizer === "adam" ? adam(rate, options) : sgd(rate, options as Parameters<typeof sgd>[1]);
}

/** The learning rate of a run in float64. */
function rateOf({ learningRate, schedule }: GoldenRun): (count: number) => number {
  if (!schedule) return () => learningRate!;
  const { initValue, decayRate, transitionSteps } = schedule;
  return (count) => initValue * decayRate ** (count / transitionSteps);
}

/** The largest magnitude that element i reaches. */
const peak = (rows: readonly (readonly number[])[], i: number) =>
  Math.max(...rows.map((row) => Math.abs(row[i]!)));

/** Asserts that the twin in float64 and the kernel give what optax gives. */
export async function assertMeets(run: GoldenRun): Promise<void> {
  const rate = rateOf(run);
  const twins = run.start.map(() =>
    run.optimizer === "adam"
      ? adamTwin(rate, run.options)
      : sgdTwin(rate, run.options as Parameters<typeof sgdTwin>[1])
  );
  const parameters = [...run.start];
  const { after, moments } = await apply({
    optimizer: optimizerOf(run),
    parameters: run.start,
    gradients: GRADIENTS,
  });
  // optax takes the counts of schedules in float32
  const twinError = run.schedule ? 1e-6 : 1e-12;
  GRADIENTS.forEach((gradient, u) =>
    gradient.forEach((g, i) => {
      parameters[i]! += twins[i]!(g);
      const expected = run.after[u]![i]!;
      const scale = Math.max(1, peak(run.after, i));
      assertAlmostEquals(parameters[i]!, expected, twinError * scale);
      assertAlmostEquals(after[u]![i]!, expected, 1e-6 * scale, `parameter ${i} after update ${u + 1}`);
    })
  );
  assertEquals(Object.keys(moments).length, run.moments.length);
  run.moments.forEach((values, k) =>
    values.forEach((expected, i) => {
      const scale = peak(GRADIENTS, i) ** (k + 1); // the second moment is one of squares
      assertAlmostEquals(Object.values(moments)[k]![i]!, expected, 1e-6 * scale, `moment ${k} of ${i}`);
    })
  );
}
