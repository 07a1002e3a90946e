/**
 * Prints the config to run with: `deno.json` where JSR answers, else the generated, git-ignored
 * `deno.offline.json`, which is the same with stand-ins linked for `@std` and no lock.
 *
 * @module
 */

/** How long JSR may take to answer before the stand-ins are taken. */
const PROBE_TIMEOUT_MS = 3000;

/** Whether JSR answers for a package that the tests import. */
async function reachesJsr(): Promise<boolean> {
  try {
    const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io/";
    const response = await fetch(new URL("@std/assert/meta.json", registry), {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return response.ok && "versions" in await response.json();
  } catch {
    return false;
  }
}

/** The text of `deno.offline.json`, from that of `deno.json`. Its tasks name it in each `deno` command. */
export function offlineConfig(canonical: string): string {
  const config = JSON.parse(canonical);
  const subcommand = /\bdeno (bench|check|doc|fmt|info|lint|publish|run|task|test)\b/g;
  for (const [name, command] of Object.entries<string>(config.tasks ?? {})) {
    config.tasks[name] = command.replaceAll(subcommand, "deno $1 --config deno.offline.json");
  }
  config.links = ["./tools/offline/assert", "./tools/offline/testing"];
  config.lock = false;
  return JSON.stringify(config, null, 2) + "\n";
}

/** The name of the config to use in `root`; writes `deno.offline.json` there where it is needed. */
export async function chooseConfig(root: URL): Promise<string> {
  if (await reachesJsr()) return "deno.json";
  const text = offlineConfig(await Deno.readTextFile(new URL("deno.json", root)));
  const path = new URL("deno.offline.json", root);
  const old = await Deno.readTextFile(path).catch(() => "");
  if (old !== text) await Deno.writeTextFile(path, text);
  return "deno.offline.json";
}

if (import.meta.main) console.log(await chooseConfig(new URL("../../", import.meta.url)));
