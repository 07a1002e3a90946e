/**
 * The goals, and whether a run reaches them.
 *
 * @module
 */
import { type ContestantName, JAVASCRIPT } from "./contestants.ts";
import { bestCells, firstUpdateOf, medianOf, type Results } from "./results.ts";

/** A goal beside what was measured. */
export interface Goal {
  /** What is compared. */
  readonly what: string;
  /** What is wanted, for example `>= 30x`. */
  readonly wanted: string;
  /** What was measured; null where it was not. */
  readonly measured: string | null;
  /** Whether it is reached; null where it was not measured. */
  readonly isMet: boolean | null;
}

const NETS = ["resnet-5", "resnet-20", "convnet2d-5", "apebench-1"];

/** How many times as fast as a peer ours is, by the medians; of several peers the fastest counts. */
function speedup(results: Results, workload: string, peers: readonly ContestantName[]): number | null {
  const best = bestCells(results, workload);
  const times = peers.flatMap((name) => best[name] === undefined ? [] : medianOf(best[name].samples));
  if (best.ours === undefined || times.length === 0) return null;
  return Math.min(...times) / medianOf(best.ours.samples);
}

function atLeast(what: string, wanted: number, measured: number | null, goal?: number): Goal {
  return {
    what,
    wanted: `>= ${wanted}x${goal === undefined ? "" : `, better ${goal}x`}`,
    measured: measured === null ? null : `${measured.toPrecision(3)}x`,
    isMet: measured === null ? null : measured >= wanted,
  };
}

function atMost(what: string, wanted: number, measured: number | null, unit: string): Goal {
  return {
    what,
    wanted: `<= ${wanted} ${unit}`,
    measured: measured === null ? null : `${measured.toPrecision(3)} ${unit}`,
    isMet: measured === null ? null : measured <= wanted,
  };
}

/** The goals for a run's results. */
export function goalsOf(results: Results): Goal[] {
  const first = (rolloutSteps: number) => {
    const [peer, own] = (["trainax", "ours"] as const).map((name) =>
      firstUpdateOf(results, `resnet-${rolloutSteps}`, name)
    );
    return peer == null || own == null ? null : peer / own;
  };
  const { secondsPerLaunch, secondsToFirstLine } = results;
  return [
    ...([[1, 30], [5, 10], [20, 5]] as const).map(([r, wanted]) =>
      atLeast(
        `quickstart R=${r}, trainax's trainer / ours`,
        wanted,
        speedup(results, `quickstart-${r}`, ["trainax"]),
      )
    ),
    ...[1, 5, 20].map((r) =>
      atLeast(
        `quickstart R=${r}, fastest JavaScript peer / ours`,
        30,
        speedup(results, `quickstart-${r}`, JAVASCRIPT),
      )
    ),
    atLeast("quickstart R=20, JAX in one scan / ours", 0.3, speedup(results, "quickstart-20", ["jax-scan"])),
    ...NETS.map((net) => atLeast(`${net}, jax-js webgpu / ours`, 8, speedup(results, net, ["jaxjs-webgpu"]))),
    ...NETS.map((net) =>
      atLeast(`${net}, trainax's trainer / ours`, 0.4, speedup(results, net, ["trainax"]), 1)
    ),
    atLeast("first update, 1D ResNet R=20, trainax / ours", 5, first(20)),
    atLeast("first update, 1D ResNet R=100, trainax / ours", 30, first(100)),
    atMost("host time of a launch", 3, secondsPerLaunch && 1e6 * secondsPerLaunch, "us"),
    atMost("process start to first loss, quickstart, cached shaders", 1, secondsToFirstLine, "s"),
  ];
}
