/**
 * Checks the arrows between the folders of `src`, that GPU types stay in `src/gpu`, that buffers are created
 * in one place, and that files stay short.
 *
 * @module
 */
import { position, tokenize } from "./tokens.ts";

const BASE = ["errors", "ndarray", "options"];
const GRAPH = [...BASE, "random", "wgsl", "shaders"];
const TAPE = [...GRAPH, "graph"];
const CATALOGUE = [...TAPE, "tape"];
const COMPOSED = [...CATALOGUE, "ops", "losses", "optimizers"];
const HOST = [...COMPOSED, "steppers", "configurations", "data"];

/** What every layer may import. */
const ANYWHERE = "zod";

/** For each folder or file of `src`, what it may import beside itself. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  ndarray: ["errors"],
  options: ["errors", "ndarray", "zod/locales/en"],
  random: BASE,
  shaders: [],
  wgsl: [...BASE, "random", "shaders", "wesl", "wgsl_reflect"],
  graph: GRAPH,
  tape: TAPE,
  ops: CATALOGUE,
  losses: CATALOGUE,
  optimizers: CATALOGUE,
  steppers: COMPOSED,
  configurations: COMPOSED,
  gpu: BASE,
  run: [...CATALOGUE, "data", "gpu"],
  data: [...BASE, "random"],
  check: [...TAPE, "ops", "gpu", "run"],
  training: [...HOST, "gpu", "run", "cli-progress"],
  files: [...BASE, "graph", "data", "training"],
  mod: [...HOST, "gpu", "run", "check", "training"],
};

/** The longest file, in lines. Texts that are generated or golden may be longer. */
const MAX_LINES = 300;

/** The folder or file of `src` that a path belongs to; undefined outside of the library. */
function layerOf(path: string): string | undefined {
  const parts = path.replace(/\.ts$/, "").split("/");
  if (parts[0] === "shaders" || path === "mod.ts") return parts[0];
  return parts[0] === "src" ? parts[1] : undefined;
}

/** Everything that breaks a rule, as `path:line: what`; `files` holds texts by path from the root. */
export function findFaults(files: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  const creations = new Map<string, string[]>([["createBuffer", []], ["createTexture", []]]);
  for (const [path, source] of files) {
    const lines = source.trimEnd().split("\n").length;
    if (lines > MAX_LINES && path !== "shaders/bundle.ts" && !path.startsWith("tests/golden/")) {
      faults.push(`${path}:${MAX_LINES + 1}: has ${lines} lines, ${MAX_LINES} are allowed`);
    }
    const layer = layerOf(path);
    if (layer === undefined) continue;
    const allowed = LAYERS[layer];
    if (allowed === undefined) faults.push(`${path}:1: ${layer} is no layer of tools/layers.ts`);
    const tokens = tokenize(source, "ts");
    tokens.forEach(({ kind, text, start }, i) => {
      const place = () => `${path}:${position(source, start).line}`;
      const before = tokens[i - 1]?.text;
      const isImport = before === "from" || before === "import" ||
        (before === "(" && tokens[i - 2]?.text === "import");
      if (kind === "string" && isImport) {
        const name = text.slice(1, -1);
        const target = name.startsWith(".") ? relative(path, name) : name;
        const to = name.startsWith(".") ? layerOf(target) ?? target : name;
        if (![layer, ANYWHERE, ...allowed ?? []].includes(to)) {
          faults.push(`${place()}: ${layer} must not import ${target}`);
        }
      }
      if (kind === "word" && /^GPU[A-Z]/.test(text) && layer !== "gpu") {
        faults.push(`${place()}: ${text} belongs to src/gpu`);
      }
      if (kind === "word" && tokens[i + 1]?.text === "(") creations.get(text)?.push(place());
    });
  }
  for (const [method, places] of creations) {
    if (places.length === 1) continue;
    const found = places.length === 0 ? ["src:1"] : places;
    faults.push(...found.map((place) => `${place}: ${method} must be called in exactly one place`));
  }
  return faults;
}

/** The path from the root of what the module at `path` imports as `name`. */
function relative(path: string, name: string): string {
  return new URL(name, `file:///${path}`).pathname.slice(1);
}

/** The texts of all TypeScript files below the given folders and files of `root`, by path. */
export async function readSources(root: URL, names: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of names) {
    const url = new URL(name, root);
    if (name.endsWith(".ts")) files.set(name, await Deno.readTextFile(url));
    else if (!name.includes(".")) {
      const below = await Array.fromAsync(Deno.readDir(url), (entry) => `${name}/${entry.name}`);
      for (const [path, text] of await readSources(root, below.sort())) files.set(path, text);
    }
  }
  return files;
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const files = await readSources(root, ["mod.ts", "src", "shaders", "tools", "tests"]);
  const faults = findFaults(files);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
  console.log(`${files.size} files keep to their layers`);
}
