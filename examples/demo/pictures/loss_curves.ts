/**
 * The loss of each update, for every lesson.
 *
 * @module
 */
import type { Lesson } from "../lesson.ts";
import { LINE_COLORS, svgOf } from "./svg.ts";

/**
 * The loss curves as the text of an SVG file.
 *
 * @param lessons the lessons
 */
export async function lossCurves(lessons: readonly Lesson[]): Promise<string> {
  const points = lessons.flatMap(({ numRolloutSteps, lossHistory }) =>
    Array.from(lossHistory, (loss, update) => ({
      lesson: nameOf(numRolloutSteps),
      update: update + 1,
      loss: loss / numRolloutSteps,
    }))
  );
  return await svgOf({
    title: {
      text: "Training loss",
      subtitle: [
        "Mean squared error of each batch before its update, averaged over the R unrolled steps.",
        "A stencil of two points cannot be exact, and its errors add up over the steps: hence the plateaus.",
      ],
    },
    width: 850,
    height: 300,
    data: { values: points },
    mark: { type: "line", strokeWidth: 1.2 },
    encoding: {
      x: { field: "update", type: "quantitative", title: "update", axis: { grid: false, format: "d" } },
      y: {
        field: "loss",
        type: "quantitative",
        title: "loss / R",
        scale: { type: "log" },
        axis: { format: "~g", values: decades(points.map((p) => p.loss)) },
      },
      color: {
        field: "lesson",
        type: "nominal",
        title: "unrolled steps",
        scale: { domain: lessons.map((l) => nameOf(l.numRolloutSteps)), range: [...LINE_COLORS] },
        legend: { orient: "top-right" },
      },
    },
  });
}

/** The powers of ten around some positive numbers. */
export function decades(numbers: readonly number[]): number[] {
  const exponents = numbers.filter((x) => x > 0).map((x) => Math.log10(x));
  const first = Math.floor(Math.min(...exponents));
  const last = Math.ceil(Math.max(...exponents));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** How a lesson is called in legends. */
export function nameOf(numRolloutSteps: number): string {
  return `R = ${numRolloutSteps}`;
}
