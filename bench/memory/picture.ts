/**
 * The picture of long rollouts: bytes and times against R.
 *
 * @module
 */
import { svgOf } from "../../examples/demo/pictures/svg.ts";
import type { Row } from "./table.ts";

/** Policies and their colours (Okabe and Ito). */
const COLORS = { store: "#D55E00", recompute: "#0072B2", checkpoints: "#009E73", trainax: "#555555" };

/** The text of an SVG file. */
export async function pictureOf(rows: readonly Row[]): Promise<string> {
  const panel = (title: string, of: (row: Row) => number | null) => ({
    title,
    width: 250,
    height: 240,
    data: {
      values: rows.flatMap((row) => {
        const value = of(row);
        return value === null ? [] : [{ R: row.numRolloutSteps, policy: row.what, value }];
      }),
    },
    mark: { type: "line" as const, point: true },
    encoding: {
      x: {
        field: "R",
        type: "quantitative" as const,
        scale: { type: "log" as const },
        axis: { grid: false, values: [1, 10, 100, 1000] },
      },
      y: {
        field: "value",
        type: "quantitative" as const,
        title: null,
        scale: { type: "log" as const },
        axis: { format: "~g", values: [0.001, 0.01, 0.1, 1, 10, 100, 1000] },
      },
      color: {
        field: "policy",
        type: "nominal" as const,
        scale: { domain: Object.keys(COLORS), range: Object.values(COLORS) },
        legend: { orient: "right" as const },
      },
    },
  });
  return await svgOf({
    title: { text: "Training the 1D ResNet through R steps, software adapter, 2 cores", subtitle: [] },
    hconcat: [
      panel("MiB", ({ bytes }) => bytes === null ? null : bytes / 2 ** 20),
      panel("seconds to the first update", ({ first }) => first),
      panel(
        "seconds per update",
        ({ later, first, numRolloutSteps }) => later ?? (numRolloutSteps > 100 ? first : null),
      ),
    ],
  });
}
