/**
 * Ours beside trainax, JAX, jax-js and TensorFlow.js: the same data, weights and updates, compared before they are timed.
 *
 *     deno task bench:peers --help
 *
 * @module
 */
import { cpus } from "node:os";
import { isTooSlow, slowdownsOf } from "./check.ts";
import { type Contestant, contestantsOf, PYTHON } from "./contestants.ts";
import { timeFirstLine, timeFirstUpdates } from "./first.ts";
import { type BenchOptions, parseOptions, USAGE } from "./options.ts";
import { Peer } from "./peer.ts";
import { Pool, progress, Race } from "./race.ts";
import { bestCells, medianOf, type Results } from "./results.ts";
import { pageOf } from "./table.ts";
import { FIRST_WORKLOADS, WORKLOADS, writeProblem } from "./workloads.ts";

/** A workload whose updates have many launches, whichever runner they take. */
const ENCODED_WORKLOAD = WORKLOADS.find(({ name }) => name === "resnet-5")!;
const ENCODED_UPDATES = 100;
/** How long a process may take for the first update of a deep rollout, or to encode. */
const SINGLE_LIMIT_SECONDS = 300;

/** Whether the interpreter has what the Python peers import; if not, says how to install it. */
async function hasPython(python: string, notes: string[]): Promise<boolean> {
  const modules = "import trainax, pdequinox, equinox, optax, jax";
  const command = new Deno.Command(python, { args: ["-c", modules], stdout: "null", stderr: "null" });
  const works = await command.output().then(({ success }) => success, () => false);
  if (!works) {
    const note = `no trainax and JAX in ${python}; ` +
      "`python3 -m venv .venv && .venv/bin/pip install trainax pdequinox jax optax`, then `--python .venv/bin/python`";
    notes.push(note);
    progress(note);
  }
  return works;
}

/** Seconds of the host for a launch, the median of all submits with the best choice of threads. */
async function timeEncoding(folder: string, contestants: readonly Contestant[]): Promise<number> {
  await writeProblem(ENCODED_WORKLOAD, folder);
  let least = Infinity;
  for (const contestant of contestants) {
    await using peer = await Peer.start(contestant);
    await peer.ask({ do: "load", folder }, SINGLE_LIMIT_SECONDS);
    const { secondsPerLaunch } = await peer.ask(
      { do: "encode", updates: ENCODED_UPDATES },
      SINGLE_LIMIT_SECONDS,
    );
    if (secondsPerLaunch.length > 0) least = Math.min(least, medianOf(secondsPerLaunch));
  }
  return least;
}

/** Peers that are so slow that they must be set up wrongly. */
function findSlowPeers(results: Results): void {
  for (const { name: workload } of WORKLOADS) {
    const least = Object.fromEntries(
      Object.entries(bestCells(results, workload)).map(([name, { samples }]) => [name, Math.min(...samples)]),
    );
    for (const [name, slowdown] of Object.entries(slowdownsOf(workload, least))) {
      if (isTooSlow(slowdown)) {
        results.faults.push(
          `${workload}, ${name} is set up wrongly: ${slowdown.toFixed(2)} times slower than before`,
        );
      }
    }
  }
}

async function run(options: BenchOptions): Promise<Results> {
  const [model] = cpus();
  const results: Results = {
    date: new Date().toISOString().slice(0, 16),
    options: options.shown,
    machine: {
      cpu: model?.model ?? "unknown processor",
      cores: navigator.hardwareConcurrency,
      adapter: (await navigator.gpu.requestAdapter())?.info.description ?? null,
      loadBefore: Deno.loadavg()[0]!,
    },
    libraries: {},
    loads: {},
    cells: [],
    firstUpdates: [],
    secondsPerLaunch: null,
    secondsToFirstLine: null,
    notes: [],
    faults: [],
  };
  const wantsPython = options.peers.some((name) => PYTHON.includes(name));
  const python = wantsPython && await hasPython(options.python, results.notes);
  const names = ["ours" as const, ...options.peers.filter((name) => python || !PYTHON.includes(name))];
  const contestants = names.flatMap((name) => contestantsOf(name, options.python));
  const ours = contestants.filter(({ name }) => name === "ours");
  const folder = await Deno.makeTempDir();
  try {
    {
      await using pool = new Pool();
      const race = new Race(pool, contestants, options, results);
      for (const workload of WORKLOADS.filter(({ name }) => options.isWanted(name))) {
        progress(workload.title);
        await race.run(workload, folder);
      }
    }
    if (options.first) {
      progress("first updates");
      for (const workload of FIRST_WORKLOADS.filter(({ name }) => options.isWanted(name))) {
        await timeFirstUpdates(workload, folder, contestants, SINGLE_LIMIT_SECONDS, results);
      }
      if (options.isWanted("quickstart-5")) results.secondsToFirstLine = await timeFirstLine();
    }
    if (options.isWanted(ENCODED_WORKLOAD.name)) {
      results.secondsPerLaunch = await timeEncoding(folder, ours);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  findSlowPeers(results);
  return results;
}

/** The options; ends the process with a sentence where they cannot be taken. */
function requireOptions(): BenchOptions {
  try {
    return parseOptions(Deno.args);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(error.message);
    return Deno.exit(2);
  }
}

const options = requireOptions();
if (options.help) {
  console.log(USAGE);
} else {
  const results = await run(options);
  const page = pageOf(results);
  console.log(page);
  await Deno.mkdir(options.out, { recursive: true });
  await Deno.writeTextFile(`${options.out}/peers.md`, page);
  await Deno.writeTextFile(`${options.out}/peers.json`, JSON.stringify(results, null, 2) + "\n");
  if (results.faults.length > 0) Deno.exit(1);
}
