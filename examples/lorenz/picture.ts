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
const PICTURED_STEPS = 500;

/** Of how many trajectories the maxima are drawn, at most. */
const MAX_TRAJECTORIES = 3;

/**
 * The picture as the text of an SVG file.
 *
 * @param truth trajectories of the solver, [S, T, 3]
 * @param prediction those of the emulator from the same initial states, [S, T, 3]
 */
export async function lorenzPicture(truth: NdArray, prediction: NdArray): Promise<string> {
  const numTrajectories = Math.min(MAX_TRAJECTORIES, truth.shape[0]!);
  const svg = await svgOf({
    title: {
      text: "The Lorenz attractor and its emulator",
      subtitle: [
        `Left and middle: ${PICTURED_STEPS} steps from the same unseen state.`,
        `Right: each maximum of z over the one before it, in ${numTrajectories} trajectories of ${
          truth.shape[1]
        } states.`,
      ],
    },
    columns: 3,
    spacing: 50,
    concat: [
      orbit(NAMES[0], truth.row(0)),
      orbit(NAMES[1], prediction.row(0)),
      maxima([truth, prediction], numTrajectories),
    ],
    resolve: { scale: { color: "independent" } },
  });
  return svg.replace(/\d+\.\d{2,}/g, (digits) => Number(digits).toFixed(1)); // a tenth of a pixel is enough
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
      aria: false, // a label for each point makes the file twice as long
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
function maxima(trajectories: readonly NdArray[], numTrajectories: number): Panel {
  const values = trajectories.flatMap((states, i) =>
    Array.from({ length: numTrajectories }, (_, s) => {
      const found = maximaOf(states.row(s).take(1, 2).data);
      return found.slice(1).map((next, k) => ({
        who: NAMES[i],
        before: rounded(found[k]!),
        next: rounded(next),
      }));
    }).flat()
  );
  const scale = { domain: [30, 48], nice: false };
  return {
    title: "successive maxima of z",
    width: 260,
    height: 260,
    data: { values },
    mark: { type: "circle", size: 6, opacity: 0.7, aria: false },
    encoding: {
      x: { field: "before", title: "maximum of z", type: "quantitative", scale, axis: { grid: false } },
      y: { field: "next", title: "next maximum of z", type: "quantitative", scale, axis: { grid: false } },
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
