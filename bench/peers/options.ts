/**
 * The command line of the bench.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { CONTESTANT_NAMES, type ContestantName } from "./contestants.ts";
import type { RaceOptions } from "./race.ts";
import { FIRST_WORKLOADS, WORKLOADS } from "./workloads.ts";

/** How the bench is called. */
export const USAGE = `Usage: deno task bench:peers [options]
  --only A,B      workloads whose names contain one of these, of
                  ${[...new Set([...WORKLOADS, ...FIRST_WORKLOADS].map(({ name }) => name))].join(", ")}
  --peers A,B     contestants beside ours, of ${CONTESTANT_NAMES.slice(1).join(", ")};
                  "none" runs ours alone
  --rounds N      rounds of each workload (default 5)
  --limit S       seconds that a contestant may be compared, and be timed, at a workload (default 45)
  --python PATH   the interpreter with trainax and JAX (default $BENCH_PYTHON, or python3)
  --out DIR       folder of peers.md and peers.json (default bench/results)
  --no-first      leave out the times to the first update
  --quick         2 short rounds, limit 10 s, the quickstart only unless --only says otherwise
  --help          print this`;

/** What the bench is asked for. */
export interface BenchOptions extends RaceOptions {
  /** The options as they were given, without those that name paths of this machine. */
  readonly shown: readonly string[];
  /** Whether help is wanted. */
  readonly help: boolean;
  /** Whether a workload is wanted. */
  readonly isWanted: (workload: string) => boolean;
  /** Who takes part beside ours. */
  readonly peers: readonly ContestantName[];
  /** The interpreter of the Python peers. */
  readonly python: string;
  /** Where the results go. */
  readonly out: string;
  /** Whether first updates are timed. */
  readonly first: boolean;
}

/** Reads the command line; throws on what it cannot take. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, tokens } = parseArgs({
    args: [...args],
    tokens: true,
    allowNegative: true,
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string" },
      limit: { type: "string" },
      python: { type: "string", default: Deno.env.get("BENCH_PYTHON") ?? "python3" },
      out: { type: "string", default: "bench/results" },
      first: { type: "boolean", default: true },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const positive = (name: "rounds" | "limit", value: number) => {
    const given = values[name] === undefined ? value : Number(values[name]);
    if (given > 0) return given;
    throw new RangeError(
      `Cannot run the bench as --${name} must be a number > 0: current value is ${values[name]}`,
    );
  };
  const only = (values.only ?? (quick ? "quickstart" : "")).split(",");
  return {
    shown: tokens.flatMap((token) =>
      token.kind !== "option" || ["python", "out"].includes(token.name)
        ? []
        : [[token.rawName, token.value].filter(Boolean).join(" ")]
    ),
    help: values.help,
    isWanted: (workload) => only.some((part) => workload.includes(part)),
    peers: parsePeers(values.peers),
    rounds: positive("rounds", quick ? 2 : 5),
    roundSeconds: quick ? 0.15 : 0.5,
    limitSeconds: positive("limit", quick ? 10 : 45),
    python: values.python,
    out: values.out,
    first: values.first,
  };
}

function parsePeers(text: string | undefined): ContestantName[] {
  if (text === undefined) return CONTESTANT_NAMES.slice(1);
  const known: readonly string[] = CONTESTANT_NAMES;
  return text.split(",").filter((name) => name !== "none" && name !== "ours").map((name) => {
    if (known.includes(name)) return name as ContestantName;
    throw new RangeError(
      `Cannot run the bench as --peers must name contestants (${known.join(", ")}): current name is ${name}`,
    );
  });
}
