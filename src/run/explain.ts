/**
 * What a layout does, in words.
 *
 * @module
 */
import { printProgram } from "../tape/print.ts";
import type { Layout } from "./layout.ts";
import { isLaunched } from "./launched.ts";
import { reportOf } from "./memory.ts";
import { describePlacement, WHOLE } from "./placement.ts";
import { numPages } from "./resident_pages.ts";
import type { RunnerChoice } from "./runner_choice.ts";

/**
 * A summary of a layout: runner, dispatches, bytes, data, program.
 *
 * @param configuration the configuration's name
 * @param layout the layout
 * @param choice its runner, and why
 */
export function explainLayout(
  configuration: string,
  layout: Layout,
  { runner, why }: RunnerChoice,
): string {
  const { total, recomputedApplications, ...kinds } = reportOf(layout);
  return [
    `${configuration}: runner ${runner} (${why})`,
    `dispatches: ${dispatchesText(layout)}`,
    `bytes: ${total} (${Object.entries(kinds).map(([kind, bytes]) => `${kind} ${bytes}`).join(", ")})`,
    `data: ${describePlacement(layout.options.trajectories, layout.options.placement ?? WHOLE)}`,
    `recomputed applications: ${recomputedApplications}`,
    printProgram(layout.model.program),
  ].join("\n");
}

function dispatchesText(layout: Layout): string {
  const { resident, actions, units } = layout;
  if (resident) {
    return `${numPages(resident.pages)} for everything below and the sums of losses and cotangents`;
  }
  const unitOf = new Map(units.map(({ name, unit }) => [name, unit]));
  const launches = actions.reduce(
    (sum, { calls: { unit, calls } }) =>
      sum + (unit === null ? 1 : calls.filter((call) => isLaunched(unitOf.get(unit)!, call)).length),
    0,
  );
  const packs = layout.packs.some(({ key }) => key === "parameters") ? "1 that packs weights, " : "";
  return `${packs}${launches} for the actions below, then the sums of losses and of parameter cotangents`;
}
