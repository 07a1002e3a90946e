/**
 * Learns the stencil of the advection equation through 1, 5 and 20 unrolled steps: `sh bootstrap.sh demo`, or with
 * Deno installed `deno task demo`. Needs permission to write to its folder, `demo-output`, and no other.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { terminalProgress } from "@unroll/unroll/progress";
import { runDemo } from "./demo/run.ts";

const USAGE = `Usage: deno task demo [options]
  --updates N     updates for each number of unrolled steps (default 1000)
  --out DIR       folder for the pictures (default demo-output; others need --allow-write=DIR)
  --no-pictures   paint none, write nothing
  --help          print this`;

/** The options on the command line; throws where one is unknown or cannot be taken. */
function commandLine(args: string[]): { help: boolean; numUpdates: number; out: string | null } {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      updates: { type: "string", default: "1000" },
      out: { type: "string", default: "demo-output" },
      pictures: { type: "boolean", default: true },
      help: { type: "boolean", default: false },
    },
  });
  const numUpdates = Number(values.updates);
  if (!Number.isSafeInteger(numUpdates) || numUpdates < 1) {
    throw new RangeError(
      `Cannot run demo as --updates must be an integer >= 1: current --updates is ${values.updates}`,
    );
  }
  return { help: values.help, numUpdates, out: values.pictures ? values.out : null };
}

if (import.meta.main) {
  let options: ReturnType<typeof commandLine>;
  try {
    options = commandLine(Deno.args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    Deno.exit(2);
  }
  if (options.help) {
    console.log(USAGE);
    Deno.exit(0);
  }
  await runDemo({ ...options, print: console.log, newBar: terminalProgress });
}
