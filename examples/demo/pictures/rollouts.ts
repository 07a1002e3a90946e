/**
 * Truth, predictions and errors over space and time.
 *
 * @module
 */
import { NdArray } from "@unroll/unroll";
import type { TopLevelSpec } from "vega-lite";
import type { Lesson } from "../lesson.ts";
import { type ColorMap, errorColors, heatmapUrl, stateColors } from "./heatmap.ts";
import { decades, nameOf } from "./loss_curves.ts";
import { LINE_COLORS, svgOf } from "./svg.ts";

type Panel = Extract<TopLevelSpec, { concat: unknown }>["concat"][number];

/** Screen pixels of a panel for each state and grid point. */
const SCALE = 4;

/** As it stands in titles. */
const MINUS = "\u2212";
const ERROR = `prediction ${MINUS} truth`;

/** Pixels between panels, for titles and ticks. */
const SPACING = { row: 46, column: 76 };

/** How many colours a legend's gradient is made of. */
const NUM_STOPS = 17;

/**
 * The rollouts of all lessons as the text of an SVG file.
 *
 * @param truth the exact solution, [1, T, 1, N]
 * @param lessons the lessons
 */
export async function rolloutPictures(truth: NdArray, lessons: readonly Lesson[]): Promise<string> {
  const limit = Math.ceil(truth.data.reduce((most, u) => Math.max(most, Math.abs(u)), 0));
  const errors = lessons.map(({ prediction }) =>
    new NdArray(prediction.data.map((u, i) => u - truth.data[i]!), truth.shape)
  );
  const states = stateColors(limit);
  const differences = errorColors(limit);
  const last = lessons.length - 1;
  const sums = lessons.map(({ weights: [here, next] }) => (here + next).toFixed(3)).join(", ");
  return await svgOf({
    title: {
      text: `${truth.shape[1]! - 1} steps from an initial state that was not trained on`,
      subtitle: [
        "Exact advection by 0.75 grid points a step, and what the stencils trained through R steps make of it.",
        `The weights of these stencils sum to ${sums}; what exceeds 1 makes a rollout grow.`,
        `Colours end at ${MINUS}${limit} and ${limit}; numbers beyond take the colour of the end.`,
      ],
    },
    columns: 2,
    spacing: SPACING,
    bounds: "flush",
    concat: [
      heatmap("truth", truth, states, null),
      errorCurves(truth, errors, lessons),
      ...lessons.flatMap(({ numRolloutSteps, prediction }, i) => [
        heatmap(`prediction, ${nameOf(numRolloutSteps)}`, prediction, states, i === last ? "u" : null),
        heatmap(`${ERROR}, ${nameOf(numRolloutSteps)}`, errors[i]!, differences, i === last ? ERROR : null),
      ]),
    ],
    resolve: { scale: { color: "independent" } },
  });
}

/** One panel: a picture, axes around it, and below the last of a column the colours. */
function heatmap(title: string, field: NdArray, map: ColorMap, legend: string | null): Panel {
  const [, numStates, , numPoints] = field.shape as [number, number, number, number];
  const [width, height] = [SCALE * numStates, SCALE * numPoints];
  const { limit, colors } = map;
  const stops = Array.from(
    { length: NUM_STOPS },
    (_, i) => colors[Math.round(i / (NUM_STOPS - 1) * (colors.length - 1))]!,
  );
  return {
    title,
    width,
    height,
    layer: [
      {
        data: { values: [{ url: heatmapUrl(field, map) }] },
        mark: { type: "image", width, height, smooth: false },
        encoding: {
          url: { field: "url" },
          description: { value: title },
          x: { value: width / 2 },
          y: { value: height / 2 },
        },
      },
      {
        data: { values: [{ t: 0, n: 0, u: 0 }] }, // an unseen point that brings the axes and the legend
        mark: { type: "point", opacity: 0 },
        encoding: {
          x: {
            field: "t",
            type: "quantitative",
            title: legend === null ? null : "time step",
            scale: { domain: [-0.5, numStates - 0.5], nice: false },
            axis: { grid: false, labels: legend !== null },
          },
          y: {
            field: "n",
            type: "quantitative",
            title: "grid point",
            scale: { domain: [-0.5, numPoints - 0.5], nice: false },
            axis: { grid: false, values: [0, 10, 20] },
          },
          color: {
            field: "u",
            type: "quantitative",
            scale: { domain: [-limit, limit], range: stops },
            legend: legend === null
              ? null
              : { title: legend, orient: "bottom", direction: "horizontal", gradientLength: 220 },
          },
        },
      },
    ],
    resolve: { scale: { color: "independent" } },
  };
}

/** The size of the errors over time, relative to the truth. */
function errorCurves(truth: NdArray, errors: readonly NdArray[], lessons: readonly Lesson[]): Panel {
  const [, numStates, , numPoints] = truth.shape as [number, number, number, number];
  const normAt = (field: NdArray, t: number) =>
    Math.hypot(...field.data.subarray(t * numPoints, (t + 1) * numPoints));
  const points = lessons.flatMap(({ numRolloutSteps }, i) =>
    Array.from({ length: numStates - 1 }, (_, t) => ({
      lesson: nameOf(numRolloutSteps),
      t: t + 1,
      error: normAt(errors[i]!, t + 1) / normAt(truth, t + 1),
    }))
  );
  return {
    title: { text: "relative error (root mean square)", offset: 2 }, // its tick labels reach 6 pixels further up
    width: SCALE * numStates,
    height: SCALE * numPoints,
    data: { values: points },
    mark: { type: "line", strokeWidth: 1.5 },
    encoding: {
      x: {
        field: "t",
        type: "quantitative",
        title: null,
        scale: { domain: [-0.5, numStates - 0.5], nice: false },
        axis: { grid: false, labels: false },
      },
      y: {
        field: "error",
        type: "quantitative",
        title: "error / truth",
        scale: { type: "log" },
        axis: { format: "~g", values: decades(points.map((p) => p.error)) },
      },
      color: {
        field: "lesson",
        type: "nominal",
        title: null,
        scale: { domain: lessons.map((l) => nameOf(l.numRolloutSteps)), range: [...LINE_COLORS] },
        legend: { orient: "bottom-right" },
      },
    },
  };
}
