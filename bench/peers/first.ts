/**
 * The time to the first update: each in a process of its own, with an empty cache of compiled shaders and a filled one.
 *
 * @module
 */
import { type Contestant, DENO_RUN, here, showContestant } from "./contestants.ts";
import { Peer, PeerError } from "./peer.ts";
import { progress } from "./race.ts";
import type { FirstUpdate, Results } from "./results.ts";
import { showSeconds } from "./table.ts";
import { type Workload, writeProblem } from "./workloads.ts";

/** How many processes are started to their first line; the fastest counts. */
const NUM_STARTS = 3;

/** The libraries that make the first update of a deep rollout; for others it would take minutes. */
const DEEP = ["ours", "trainax"];
const DEEP_ROLLOUT = "resnet";

/** An empty folder for Mesa to keep compiled shaders in, as environment variables. */
async function emptyCache(): Promise<{ readonly env: Record<string, string> } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  return {
    env: { MESA_SHADER_CACHE_DIR: folder },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Times the first update of a workload in all libraries that are asked for it. */
export async function timeFirstUpdates(
  workload: Workload,
  folder: string,
  contestants: readonly Contestant[],
  limitSeconds: number,
  results: Results,
): Promise<void> {
  await writeProblem(workload, folder);
  for (const contestant of contestants) {
    const { name, threads, usesGpu } = contestant;
    if (workload.name.startsWith(DEEP_ROLLOUT) && !DEEP.includes(name)) continue;
    await using cache = await emptyCache();
    const secondsOf = async () => {
      await using peer = await Peer.start(contestant, cache.env);
      await peer.ask({ do: "load", folder }, limitSeconds);
      return await peer.ask({ do: "first" }, limitSeconds);
    };
    let found: FirstUpdate;
    try {
      const coldSeconds = await secondsOf();
      const warmSeconds = usesGpu ? await secondsOf() : null;
      found = { workload: workload.name, name, threads, coldSeconds, warmSeconds, reason: null };
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      const reason = `failed: ${error.message.split("\n")[0]}`;
      found = { workload: workload.name, name, threads, coldSeconds: null, warmSeconds: null, reason };
    }
    results.firstUpdates.push(found);
    const shown = found.reason ?? showSeconds(found.coldSeconds!);
    progress(`  first update of ${workload.name}, ${showContestant(contestant)}: ${shown}`);
  }
}

/** Seconds from the start of a process to its first line: the loss of the first update of the quickstart. */
export async function timeFirstLine(): Promise<number> {
  await using cache = await emptyCache();
  const script = here("quickstart_first.ts");
  const command = new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, script],
    env: cache.env,
    stdout: "piped",
    stderr: "inherit",
  });
  let least = Infinity;
  for (let i = 0; i <= NUM_STARTS; i++) {
    const start = performance.now();
    const child = command.spawn();
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    const seconds = (performance.now() - start) / 1000;
    await reader.cancel();
    await child.status;
    if (done) throw new Error(`Cannot time ${script} as it must print a line: current output is empty`);
    if (i > 0) least = Math.min(least, seconds); // the first one fills the caches
  }
  return least;
}
