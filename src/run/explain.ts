/**
 * What a layout does, in words.
 *
 * @module
 */
import { printProgram } from "../tape/print.ts";
import type { Layout } from "./layout.ts";
import type { MemoryReport } from "./memory.ts";
import { describePlacement, WHOLE } from "./placement.ts";

/**
 * A summary of a layout: runner, launches, bytes, data, program.
 *
 * @param configuration the configuration's name
 * @param layout the layout
 * @param memory its bytes
 */
export function explainLayout(configuration: string, layout: Layout, memory: MemoryReport): string {
  const launches = layout.actions.reduce(
    (sum, { calls: { unit, calls } }) => sum + (unit === null ? 1 : calls.length),
    0,
  );
  const { total, recomputedApplications, ...kinds } = memory;
  return [
    `${configuration}: runner launches, one dispatch for each op of each action (the only runner so far)`,
    `launches: ${launches} for the actions below, then the sums of losses and of parameter cotangents`,
    `bytes: ${total} (${Object.entries(kinds).map(([kind, bytes]) => `${kind} ${bytes}`).join(", ")})`,
    `data: ${describePlacement(layout.options.trajectories, layout.options.placement ?? WHOLE)}`,
    `recomputed applications: ${recomputedApplications}`,
    printProgram(layout.model.program),
  ].join("\n");
}
