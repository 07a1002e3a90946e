/**
 * Runs tests in a headless browser: the same code and shaders, through the browser's own compiler of WGSL.
 *
 *     deno task test:browser [--browser chromium] [--adapter swiftshader] [folder or file of tests ...]
 *
 * Needs a browser that takes Chromium's flags. `--adapter default` leaves the choice to the browser, for a machine with a
 * GPU. Without folders: what runs on the device in a few minutes.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Outcome } from "./browser/deno_shim.ts";

const ROOT = new URL("../", import.meta.url);
const DEFAULT_TESTS = ["tests/losses", "tests/run", "tests/configurations"];

/** What a command line asks for. */
export interface BrowserRun {
  /** The browser's program. */
  readonly browser: string;
  /** Its adapter; `default` for the browser's choice. */
  readonly adapter: string;
  /** Folders and files of tests. */
  readonly tests: readonly string[];
}

/**
 * Reads a command line.
 *
 * @throws {TypeError} on an option that is none, or has no value
 */
export function parseCommand(args: readonly string[]): BrowserRun {
  const text = { type: "string" } as const;
  const options = { browser: text, adapter: text };
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === "option");
  const bad = given.find(({ name, value }) => !(name in options) || value === undefined);
  if (bad) {
    throw new TypeError(
      `Cannot run tests in a browser as options are --browser and --adapter: current option is ${bad.rawName}`,
    );
  }
  return {
    browser: "chromium",
    adapter: "swiftshader",
    ...Object.fromEntries(given.map(({ name, value }) => [name, value!])),
    tests: positionals.length > 0 ? positionals : DEFAULT_TESTS,
  };
}

/** The test files under a folder, or the file itself. */
async function testsUnder(path: string): Promise<string[]> {
  if (path.endsWith(".ts")) return [path];
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, ROOT))) {
    if (isDirectory) found.push(...await testsUnder(`${path}/${name}`));
    else if (name.endsWith("_test.ts")) found.push(`${path}/${name}`);
  }
  return found.sort();
}

/** The module that the page runs: the stand-in for Deno first, then the tests. */
export function entryOf(tests: readonly string[], root: string): string {
  return [
    `import { run } from "${root}tools/browser/deno_shim.ts";`,
    ...tests.map((path) => `import "${root}${path}";`),
    `const send = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) });`,
    `await run((outcome) => send("/outcome", outcome));`,
    `await send("/done", null);`,
  ].join("\n");
}

/** All JSON files of the tests, by name. */
async function goldenFiles(folder: URL): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) Object.assign(files, await goldenFiles(new URL(`${name}/`, folder)));
    else if (name.endsWith(".json")) files[name] = await Deno.readTextFile(new URL(name, folder));
  }
  return files;
}

/** What stands in for node's modules, which the offline stand-ins of `@std` use. */
const NODE = {
  "node:assert": `export class AssertionError extends Error {
    constructor({ actual, expected }) { super(JSON.stringify(actual) + " instead of " + JSON.stringify(expected)); }
  }
  export default { AssertionError };`,
  "node:util": "export const isDeepStrictEqual = (a, b) => JSON.stringify(a) === JSON.stringify(b);",
};

function pageOf(): string {
  const imports = Object.fromEntries(
    Object.entries(NODE).map(([name, text]) => [name, `data:text/javascript,${encodeURIComponent(text)}`]),
  );
  return `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script>
  const fail = async (error) => {
    await fetch("/outcome", { method: "POST", body: JSON.stringify({ name: "the page", ok: false, error: String(error) }) });
    await fetch("/done", { method: "POST" });
  };
  addEventListener("error", ({ message }) => fail(message));
  addEventListener("unhandledrejection", ({ reason }) => fail(reason?.stack ?? reason));
</script>
<script src="/files.js"></script>
<script type="module" src="/tests.js"></script>`;
}

async function bundle(entry: string, config: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/entry.ts`, entry);
    const args = ["bundle", "--quiet", "--keep-names", "--platform", "browser", "--config", config];
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: [...args, `${folder}/entry.ts`],
    }).output();
    if (!success) {
      throw new Error(`Cannot bundle the tests as deno bundle failed: ${new TextDecoder().decode(stderr)}`);
    }
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Serves the page until it is done; counts what it reports. */
function serve(tests: string, files: Readonly<Record<string, string>>) {
  const counts = { passed: 0, failed: 0, onlyInDeno: 0 };
  const done = Promise.withResolvers<void>();
  const text = (body: string, type = "text/javascript") =>
    new Response(body, { headers: { "content-type": type } });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    switch (new URL(request.url).pathname) {
      case "/":
        return text(pageOf(), "text/html");
      case "/tests.js":
        return text(tests);
      case "/files.js":
        return text(`globalThis.files = ${JSON.stringify(files)};`);
      case "/outcome": {
        const { name, ok, error } = await request.json() as Outcome;
        counts[ok === null ? "onlyInDeno" : ok ? "passed" : "failed"]++;
        if (ok === false) console.log(`FAILED ${name}\n${error}\n`);
        return text("");
      }
      case "/done":
        done.resolve();
        return text("");
    }
    return new Response("", { status: 404 });
  });
  return { server, counts, done: done.promise };
}

async function main(): Promise<void> {
  const { browser, adapter, tests } = parseCommand(Deno.args);
  const paths = (await Promise.all(tests.map(testsUnder))).flat();
  const offline = new URL("deno.offline.json", ROOT);
  const hasStandIns = await Deno.stat(offline).then(() => true, () => false);
  const config = (hasStandIns ? offline : new URL("deno.json", ROOT)).pathname;
  const script = await bundle(entryOf(paths, ROOT.href), config);
  const { server, counts, done } = serve(script, await goldenFiles(new URL("tests/", ROOT)));
  const profile = await Deno.makeTempDir();
  const flags = adapter === "default" ? [] : [`--use-webgpu-adapter=${adapter}`];
  const command = new Deno.Command(browser, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu-sandbox",
      "--enable-unsafe-webgpu",
      "--enable-features=Vulkan",
      ...flags,
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const ended = command.status.then(() => {
    throw new Error(
      `Cannot go on as the browser must stay until the tests are done: current state of ${browser} is ended`,
    );
  });
  try {
    await Promise.race([done, ended]);
  } finally {
    ended.catch(() => {});
    command.kill();
    await command.status;
    await server.shutdown();
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  }
  const { passed, failed, onlyInDeno } = counts;
  console.log(
    `${passed} passed, ${failed} failed, ${onlyInDeno} need Deno; ${paths.length} files in ${browser}`,
  );
  Deno.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

if (import.meta.main) await main();
