/**
 * What a model does, in words.
 *
 * @module
 */
import { printProgram } from "../tape/print.ts";
import { callsOf } from "./actions.ts";
import type { MemoryReport } from "./memory.ts";
import type { Model } from "./model.ts";
import { slotsOf } from "./resources.ts";

/**
 * A summary of a model: runner, launches, bytes, program.
 *
 * @param configuration the configuration's name
 * @param model the model
 * @param memory its bytes
 */
export function explainModel(configuration: string, model: Model, memory: MemoryReport): string {
  const slots = slotsOf(model);
  const launches = model.program.actions.reduce((sum, action) => {
    const calls = callsOf(model, slots, action);
    return sum + (calls === null ? 0 : calls.unit === null ? 1 : calls.calls.length);
  }, 0);
  const { total, recomputedApplications, ...kinds } = memory;
  return [
    `${configuration}: runner launches, one dispatch for each op of each action (the only runner so far)`,
    `launches: ${launches} for the actions below, then the sums of losses and of parameter cotangents`,
    `bytes: ${total} (${Object.entries(kinds).map(([kind, bytes]) => `${kind} ${bytes}`).join(", ")})`,
    `recomputed applications: ${recomputedApplications}`,
    printProgram(model.program),
  ].join("\n");
}
