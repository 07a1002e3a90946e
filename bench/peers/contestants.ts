/**
 * Who takes part: libraries, the ways in which each can be used, and their choices of threads.
 *
 * @module
 */

/** A library in one setting, as a process to start. */
export interface Contestant {
  /** The library and how it is used, without its threads: of those the best choice counts. */
  readonly name: ContestantName;
  /** Its threads, where there is a choice. */
  readonly threads: "LP_NUM_THREADS unset" | `LP_NUM_THREADS=${number}` | "workers" | "main thread" | null;
  /** Whether it runs on the adapter of WebGPU. */
  readonly usesGpu: boolean;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Environment variables beside those of the parent. */
  readonly env: Readonly<Record<string, string>>;
}

/** The names, in the order of the tables. */
export const CONTESTANT_NAMES = [
  "ours",
  "trainax",
  "jax-jit",
  "jax-scan",
  "jaxjs-webgpu",
  "jaxjs-wasm",
  "tfjs-webgpu",
  "tfjs-wasm",
] as const;

/** One of them. */
export type ContestantName = typeof CONTESTANT_NAMES[number];

/** The names that need Python. */
export const PYTHON: readonly ContestantName[] = ["trainax", "jax-jit", "jax-scan"];
/** The libraries written in JavaScript, ours left out. */
export const JAVASCRIPT: readonly ContestantName[] = [
  "jaxjs-webgpu",
  "jaxjs-wasm",
  "tfjs-webgpu",
  "tfjs-wasm",
];

/** The path of a file in this folder. */
export const here = (file: string): string => new URL(file, import.meta.url).pathname;

/** How scripts of this folder are run. No peer needs the packages of the tests, so that this config serves offline too. */
export const DENO_RUN = ["run", "--config", here("../../deno.json"), "--no-lock", "--quiet"];

/**
 * The thread settings: one for each core, none but the caller's, and twice as many as cores. The adapter gives each thread
 * an equal share of a launch beforehand; with more threads than cores, a core that lags leaves some to the other ones.
 */
const NUM_THREADS = [null, 0, 2 * navigator.hardwareConcurrency];

/** The contestants of a name. */
export function contestantsOf(name: ContestantName, python: string): Contestant[] {
  const alone = { name, threads: null, usesGpu: false, env: {} };
  if (PYTHON.includes(name)) {
    return [{ ...alone, command: [python, here("trainax_peer.py"), name.replace("jax-", "")] }];
  }
  const [library, device] = name.split("-") as [string, string | undefined];
  const file = { ours: "ours.ts", jaxjs: "jax_js.ts", tfjs: "tfjs.ts" }[library]!;
  const command = [Deno.execPath(), ...DENO_RUN, "--allow-all", here(file), ...(device ? [device] : [])];
  if (name === "tfjs-wasm") return [{ ...alone, command }];
  if (name === "jaxjs-wasm") {
    return [
      { ...alone, threads: "workers", command },
      { ...alone, threads: "main thread", command: [...command, "--sync"] },
    ];
  }
  return NUM_THREADS.map((threads) => {
    const onGpu = { ...alone, usesGpu: true, command };
    if (threads === null) return { ...onGpu, threads: "LP_NUM_THREADS unset" };
    return { ...onGpu, threads: `LP_NUM_THREADS=${threads}`, env: { LP_NUM_THREADS: String(threads) } };
  });
}

/** The name of a contestant in lines of progress. */
export function showContestant({ name, threads }: Contestant): string {
  return threads === null ? name : `${name} (${threads})`;
}
