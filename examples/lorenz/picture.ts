/**
 * The picture of the Lorenz example: the attractor of truth and emulator, and their successive maxima of z.
 *
 * @module
 */
import type { NdArray } from "@unroll/unroll";
import type { TopLevelSpec } from "vega-lite";
import { LINE_COLORS, svgOf } from "../demo/pictures/svg.ts";

type Panel = Extract<TopLevelSpec, { concat: unknown }>["concat"][number];

/** How the two are called. */
const NAMES = ["truth", "emulator"] as const;
const COLORS = [LINE_COLORS[2]!, LINE_COLORS[0]!];

/** How many steps of a trajectory are drawn. */
const PICTURED_STEPS = 600;

/**
 * The picture as the text of an SVG file.
 *
 * @param truth trajectories of the solver, [S, T, 3]
 * @param prediction those of the emulator from the same initial states, [S, T, 3]
 */
export async function lorenzPicture(truth: NdArray, prediction: NdArray): Promise<string> {
  return await svgOf({
    title: {
      text: "The Lorenz attractor and its emulator",
      subtitle: [
        `Left and middle: ${PICTURED_STEPS} steps from the same unseen state.`,
        `Right: each maximum of z over the one before it, in ${truth.shape[0]} trajectories of ${truth.shape[1]} states.`,
      ],
    },
    columns: 3,
    spacing: 50,
    concat: [orbit(NAMES[0], truth.row(0)), orbit(NAMES[1], prediction.row(0)), maxima([truth, prediction])],
  });
}

/** A trajectory [T, 3] in the plane of x and z. */
function orbit(name: typeof NAMES[number], states: NdArray): Panel {
  return {
    title: name,
    width: 260,
    height: 260,
    data: {
      values: Array.from({ length: PICTURED_STEPS }, (_, t) => ({
        t,
        x: rounded(states.at(t, 0)),
        z: rounded(states.at(t, 2)),
      })),
    },
    mark: {
      type: "line",
      interpolate: "cardinal",
      strokeWidth: 0.7,
      color: COLORS[NAMES.indexOf(name)]!,
    },
    encoding: {
      x: { field: "x", type: "quantitative", scale: { domain: [-20, 20] }, axis: { grid: false } },
      y: { field: "z", type: "quantitative", scale: { domain: [0, 50] }, axis: { grid: false } },
      order: { field: "t" },
    },
  };
}

/** Each maximum of z over the one before it. */
function maxima(trajectories: readonly NdArray[]): Panel {
  const values = trajectories.flatMap((states, i) =>
    Array.from({ length: states.shape[0]! }, (_, s) => {
      const found = maximaOf(states.row(s).take(1, 2).data);
      return found.slice(1).map((next, k) => ({
        who: NAMES[i],
        before: rounded(found[k]!),
        next: rounded(next),
      }));
    }).flat()
  );
  const axis = { type: "quantitative", scale: { domain: [28, 50], nice: false } } as const;
  return {
    title: "successive maxima of z",
    width: 260,
    height: 260,
    data: { values },
    mark: { type: "circle", size: 5, opacity: 0.7 },
    encoding: {
      x: { field: "before", title: "maximum of z", ...axis, axis: { grid: false } },
      y: { field: "next", title: "next maximum of z", ...axis, axis: { grid: false } },
      color: {
        field: "who",
        type: "nominal",
        title: null,
        scale: { domain: [...NAMES], range: COLORS },
        legend: { orient: "top-left", symbolSize: 40, symbolOpacity: 1 },
      },
    },
  };
}

/** The maxima of a sampled curve: vertices of the parabolas through a highest sample and its neighbours. */
function maximaOf(z: Float32Array): number[] {
  return Array.from(z, (here, t) => {
    const [before, after] = [z[t - 1]!, z[t + 1]!];
    if (!(here > before && here >= after)) return NaN;
    return here + (after - before) ** 2 / (8 * (2 * here - before - after));
  }).filter((x) => !Number.isNaN(x));
}

/** Two digits behind the point, which keep the file small. */
function rounded(x: number): number {
  return Math.round(100 * x) / 100;
}
