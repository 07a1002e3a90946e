/**
 * A copy of the repository in which mutants are tested.
 *
 * @module
 */
import { bundleText } from "../bundle.ts";
import { chooseConfig } from "../offline/config.ts";
import { applyMutant, type Mutant } from "./mutants.ts";

/** What became of a mutant. */
export type Verdict = "killed" | "timed out" | "not compiling" | "survived";

/** What is not copied: history, caches and what is generated. */
const LEFT_BEHIND = new Set([
  ".git",
  ".deno",
  "node_modules",
  "coverage",
  "demo-output",
  "deno.offline.json",
]);

/** How much longer than without a mutant the tests may run. */
const SLOWDOWN = 4;
/** And how much longer on top, as kernels are compiled anew. */
const SPARE_MS = 15_000;

/** The verdict of a run that passed. A software driver may crash the process after it, which says nothing of a mutant. */
const PASSED = /^ok \| \d+ passed[^|]*\| 0 failed/m;
/** What the tests print when a mutant does not compile, by the kind of its file. */
const NOT_COMPILING = {
  wgsl: /Cannot compile .+ as its WGSL must be valid/,
  ts: /^error: Type checking failed|source code could not be parsed/m,
};

async function copy(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (LEFT_BEHIND.has(name)) continue;
    if (isDirectory) await copy(new URL(`${name}/`, from), new URL(`${name}/`, to));
    else if (isFile) await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}

/** Tests mutants, one at a time, in a copy of the repository. */
export class Workspace implements AsyncDisposable {
  /** The copy, a URL that ends in `/`. */
  readonly root: URL;
  readonly #holder: string;
  readonly #config: string;
  /** How long the tests of a stage run without a mutant. */
  readonly #durationsMs: Map<string, number> = new Map();

  private constructor(holder: string, root: URL, config: string) {
    this.#holder = holder;
    this.root = root;
    this.#config = config;
  }

  /** Copies the repository at `root`, a URL that ends in `/`, to a temporary folder. */
  static async create(root: URL): Promise<Workspace> {
    const holder = await Deno.makeTempDir({ prefix: "mutate-" });
    const copied = new URL(`file://${holder}/repository/`);
    await copy(root, copied);
    await Deno.mkdir(`${holder}/tmp`);
    const workspace = new Workspace(holder, copied, await chooseConfig(copied));
    await workspace.#bundle();
    return workspace;
  }

  /** Runs the stages of tests on one mutant, and puts its file back. */
  async judge(mutant: Mutant, stages: readonly string[][]): Promise<Verdict> {
    for (const stage of stages) await this.#baseline(stage);
    const file = new URL(mutant.path, this.root);
    const source = await Deno.readTextFile(file);
    const isShader = mutant.path.endsWith(".wgsl");
    try {
      await Deno.writeTextFile(file, applyMutant(source, mutant));
      if (isShader) await this.#bundle();
      for (const stage of stages) {
        const limit = SLOWDOWN * await this.#baseline(stage) + SPARE_MS;
        const { success, isLate, output } = await this.#test(stage, limit, isShader);
        if (isLate) return "timed out";
        if (!success) {
          return NOT_COMPILING[isShader ? "wgsl" : "ts"].test(output) ? "not compiling" : "killed";
        }
      }
      return "survived";
    } finally {
      await Deno.writeTextFile(file, source);
      if (isShader) await this.#bundle();
    }
  }

  /** Milliseconds that a stage takes without a mutant; it must pass. */
  async #baseline(stage: readonly string[]): Promise<number> {
    const key = stage.join();
    const known = this.#durationsMs.get(key);
    if (known !== undefined) return known;
    const start = performance.now();
    const { success, output } = await this.#test(stage, 600_000, false);
    if (!success) throw new Error(`Cannot mutate as the tests must pass without a mutant: ${key}\n${output}`);
    const duration = performance.now() - start;
    this.#durationsMs.set(key, duration);
    return duration;
  }

  async #test(
    stage: readonly string[],
    limitMs: number,
    skipsCheck: boolean,
  ): Promise<{ success: boolean; isLate: boolean; output: string }> {
    const permissions = ["--no-prompt", "--allow-read", `--allow-write=${this.#holder}`];
    const args = ["test", "--config", this.#config, "--fail-fast", ...permissions];
    if (skipsCheck) args.push("--no-check");
    const child = new Deno.Command("deno", {
      args: [...args, ...stage],
      cwd: this.root,
      env: {
        TMPDIR: `${this.#holder}/tmp`,
        NO_COLOR: "1",
        LP_NUM_THREADS: "0",
        DENO_WEBGPU_BACKEND: "vulkan,metal,dx12",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, limitMs);
    const { success, stdout, stderr } = await child.output();
    clearTimeout(timer);
    const decoder = new TextDecoder();
    const output = decoder.decode(stdout) + decoder.decode(stderr);
    return { success: success || PASSED.test(output), isLate, output };
  }

  async #bundle(): Promise<void> {
    const shaders = new URL("shaders/", this.root);
    await Deno.writeTextFile(new URL("bundle.ts", shaders), await bundleText(shaders));
  }

  /** Removes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#holder, { recursive: true });
  }
}
