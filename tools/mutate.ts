/**
 * A mutation tester: changes one operator, comparison or literal at a time in a copy of the repository and asks
 * whether a test notices. Fails when a mutant survives that `mutate/explained.json` does not explain.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { matchesGlob, MUTATED, stagesOf } from "./mutate/cover.ts";
import { EXPLAINED, explains } from "./mutate/explained.ts";
import { type Mutant, mutantsOf } from "./mutate/mutants.ts";
import { shuffled } from "./mutate/sample.ts";
import { type Verdict, Workspace } from "./mutate/workspace.ts";

const USAGE = `Usage: deno task mutate [options]
  --sample N    how many mutants that compile to test, or all (default 100)
  --seed S      which ones (default 0)
  --files GLOB  only of these files
  --list        print the mutants instead of testing them`;

/** A mutant and what became of it. */
interface Result {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

/** Paths from `root` of all files below a folder. */
async function filesBelow(root: URL, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) paths.push(...await filesBelow(root, `${folder}${name}/`));
    else paths.push(folder + name);
  }
  return paths.sort();
}

/** Where a mutant is, and its line before and after. */
function show({ path, line, column, original, mutated }: Mutant): string {
  return `${path}:${line}:${column}\n  - ${original}\n  + ${mutated}`;
}

/** Tests mutants in their order until `sample` of them have compiled; a worker for each workspace. */
async function testMutants(
  workspaces: readonly Workspace[],
  mutants: readonly Mutant[],
  sample: number,
): Promise<Result[]> {
  const tests = await filesBelow(workspaces[0]!.root, "tests/");
  const queue = [...mutants];
  const results: Result[] = [];
  let wanted = sample; // mutants that may still be taken from the queue
  const work = async (workspace: Workspace) => {
    while (wanted > 0 && queue.length > 0) {
      wanted--;
      const mutant = queue.shift()!;
      const start = performance.now();
      const verdict = await workspace.judge(mutant, stagesOf(mutant.path, tests));
      if (verdict === "not compiling") wanted++;
      results.push({ mutant, verdict });
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const { path, line, column, token, replacement } = mutant;
      const change = `${token} -> ${replacement || "nothing"}`;
      console.log(`${results.length} ${verdict} ${path}:${line}:${column} ${change} ${seconds} s`);
    }
  };
  await Promise.all(workspaces.map(work));
  return results;
}

/** Prints the result and returns whether every survivor is explained. */
function report(results: readonly Result[], mutants: readonly Mutant[], isWhole: boolean): boolean {
  const of = (verdict: Verdict) => results.filter((r) => r.verdict === verdict).map((r) => r.mutant);
  const survivors = of("survived");
  const isExplained = (mutant: Mutant) => EXPLAINED.some((explanation) => explains(explanation, mutant));
  const bare = survivors.filter((mutant) => !isExplained(mutant));
  const counts = {
    tested: results.length,
    "not compiling": of("not compiling").length,
    killed: of("killed").length,
    "timed out": of("timed out").length,
    survived: survivors.length,
    explained: survivors.length - bare.length,
  };
  for (const mutant of bare) console.log(`\nsurvived: ${show(mutant)}`);
  const dead = results.filter(({ mutant, verdict }) => verdict !== "survived" && isExplained(mutant));
  for (const { mutant, verdict } of dead) console.log(`\nexplained, but ${verdict}: ${show(mutant)}`);
  const stale = isWhole ? EXPLAINED.filter((e) => !mutants.some((mutant) => explains(e, mutant))) : [];
  for (const { path, mutated } of stale) console.log(`\nexplained, but no mutant: ${path}\n  + ${mutated}`);
  console.log(`\n${Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(", ")}`);
  return bare.length + dead.length + stale.length === 0;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      sample: { type: "string", default: "100" },
      seed: { type: "string", default: "0" },
      files: { type: "string", default: "**" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const sample = values.sample === "all" ? Infinity : Number(values.sample);
  const seed = Number(values.seed);
  if (values.help || !(sample > 0) || !Number.isInteger(seed)) {
    console.error(USAGE);
    Deno.exit(2);
  }
  await using first = await Workspace.create(new URL("../", import.meta.url));
  const paths = [...await filesBelow(first.root, "shaders/"), ...await filesBelow(first.root, "src/")]
    .filter((path) => MUTATED.some((glob) => matchesGlob(path, glob)) && matchesGlob(path, values.files));
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(new URL(path, first.root))));
  const mutants = paths.flatMap((path, i) => mutantsOf(path, texts[i]!));
  if (mutants.length === 0) {
    console.error(`Cannot mutate as files must match: current glob is ${values.files}`);
    Deno.exitCode = 2;
  } else if (values.list) {
    for (const mutant of mutants) console.log(show(mutant));
    console.log(`\n${mutants.length} mutants in ${paths.length} files`);
  } else {
    await using second = await Workspace.create(first.root);
    const results = await testMutants([first, second], shuffled(mutants, seed), sample);
    if (!report(results, mutants, values.files === "**")) Deno.exitCode = 1;
  }
}
