/**
 * The results as a page of Markdown, which is also what the terminal shows.
 *
 * @module
 */
import { isTooSlow, slowdownsOf } from "./check.ts";
import { CONTESTANT_NAMES, type ContestantName } from "./contestants.ts";
import { goalsOf } from "./goals.ts";
import { bestCells, type Cell, medianOf, type Results } from "./results.ts";
import { FIRST_WORKLOADS, WORKLOADS } from "./workloads.ts";

/** What the tables call the contestants. */
const TITLES: Readonly<Record<ContestantName, string>> = {
  "ours": "ours",
  "trainax": "trainax, its trainer",
  "jax-jit": "JAX, one jitted update",
  "jax-scan": "JAX, one scan over updates",
  "jaxjs-webgpu": "jax-js, webgpu",
  "jaxjs-wasm": "jax-js, wasm",
  "tfjs-webgpu": "TF.js, webgpu",
  "tfjs-wasm": "TF.js, wasm",
};

/** A time with a unit that suits it. */
export function showSeconds(seconds: number): string {
  if (seconds < 1e-3) return `${(1e6 * seconds).toPrecision(3)} us`;
  return seconds < 1 ? `${(1e3 * seconds).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}

function showBytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(0)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** A table of Markdown with columns as wide as their widest text. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function steadyTable(results: Results, workload: string): string {
  const best = bestCells(results, workload);
  const least = Object.fromEntries(
    Object.entries(best).map(([name, { samples }]) => [name, Math.min(...samples)]),
  );
  const slowdowns = slowdownsOf(workload, least);
  const rows = CONTESTANT_NAMES.flatMap((name) => {
    const cell = best[name];
    if (cell === undefined) return [];
    const median = medianOf(cell.samples);
    const slowdown = slowdowns[name];
    return [[
      TITLES[name],
      showSeconds(median),
      showSeconds(Math.min(...cell.samples)),
      best.ours === undefined ? "-" : `${(median / medianOf(best.ours.samples)).toPrecision(3)}x`,
      showThreads(cell),
      cell.launches === null ? "-" : cell.launches.toFixed(cell.launches % 1 === 0 ? 0 : 2),
      cell.gpuBytes === null ? "-" : showBytes(cell.gpuBytes),
      slowdown === undefined ? "-" : slowdown.toFixed(2) + (isTooSlow(slowdown) ? " (!)" : ""),
      `${cell.samples.length} x ${cell.updates}`,
    ]];
  });
  const head = ["", "median", "least", "/ ours", "threads", "launches", "GPU bytes", "of before", "rounds"];
  return markdown(head, rows);
}

/** Who is missing at a workload, or missing with some threads, and why. */
function missingFrom({ cells }: Results, workload: string): string[] {
  const missing = cells.filter((cell) => cell.workload === workload && cell.reason !== null)
    .map(({ name, threads, reason }) => `- ${[TITLES[name], threads].filter(Boolean).join(", ")}: ${reason}`);
  return missing.length === 0 ? [] : [missing.join("\n")];
}

function showThreads({ threads }: Pick<Cell, "threads">): string {
  return threads?.replace("LP_NUM_THREADS", "").replace("=", "").trim() ?? "-";
}

function firstTable({ firstUpdates }: Results, workload: string): string {
  const of = (seconds: number | null) => seconds === null ? "-" : showSeconds(seconds);
  const rows = firstUpdates.filter((x) => x.workload === workload).map((found) => [
    TITLES[found.name],
    showThreads(found),
    found.reason ?? of(found.coldSeconds),
    of(found.warmSeconds),
  ]);
  return markdown(["", "threads", "empty shader cache", "filled shader cache"], rows);
}

/** The page. */
export function pageOf(results: Results): string {
  const { date, machine, libraries, options, loads, notes, faults } = results;
  const steady = WORKLOADS.filter(({ name }) => results.cells.some(({ workload }) => workload === name));
  const first = FIRST_WORKLOADS.filter(({ name }) =>
    results.firstUpdates.some(({ workload }) => workload === name)
  );
  const goals = goalsOf(results).map(({ what, wanted, measured, isMet }) => [
    what,
    wanted,
    measured ?? "not measured",
    isMet === null ? "-" : isMet ? "yes" : "no",
  ]);
  return [
    "# Ours beside its peers",
    "Written by `deno task bench:peers`; what each number means stands in [docs/performance.md](../../docs/performance.md).",
    [
      `- ${date}, options: ${options.join(" ") || "none"}`,
      `- ${machine.cpu}, ${machine.cores} cores; load before: ${machine.loadBefore.toFixed(2)}`,
      `- adapter: ${machine.adapter ?? "none"}`,
      `- ${Object.values(libraries).join("; ")}`,
      ...notes.map((note) => `- ${note}`),
    ].join("\n"),
    ...(faults.length > 0 ? ["## Faults", faults.map((fault) => `- ${fault}`).join("\n")] : []),
    "## Goals",
    markdown(["goal", "wanted", "measured", "met"], goals),
    "## Time of an update",
    ...steady.flatMap(({ name, title }) => [
      `### ${title}`,
      `Load before: ${loads[name]?.toFixed(2)}.`,
      steadyTable(results, name),
      ...missingFrom(results, name),
    ]),
    ...(first.length > 0 ? ["## Time to the first update"] : []),
    ...first.flatMap(({ name, title }) => [`### ${title}`, firstTable(results, name)]),
  ].join("\n\n") + "\n";
}
