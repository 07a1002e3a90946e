/**
 * A copy of the demo and the library under it, in which shaders may be broken.
 *
 * @module
 */
import { assert } from "@std/assert";
import { bundleText } from "../../tools/bundle.ts";

/** A line that the demo prints for one R. */
export const LINE =
  /^R=(\d+) distance=(\d\.\d{6}) loss=\d\.\d{3}e[+-]\d+ updates\/s=\d+ seconds=\d+\.\d\d stencil=\[-?\d\.\d{4}, -?\d\.\d{4}\]$/m;

/** What the demo needs of the repository. */
const NEEDED = ["mod.ts", "src", "shaders", "examples"];

const REPOSITORY = new URL("../../", import.meta.url);

/** The distances in what the demo printed, by R. */
export function distancesOf(output: string): Record<string, string> {
  const lines = output.matchAll(new RegExp(LINE, "gm"));
  return Object.fromEntries([...lines].map(([, R, distance]) => [R, distance]));
}

async function copy(from: URL, to: URL): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from}/${name}`), new URL(`${to}/${name}`));
  }
}

/** The copy; removed when it is disposed. */
export class DemoCopy implements AsyncDisposable {
  readonly #folder: string;
  readonly #shaders: URL;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#shaders = new URL(`file://${folder}/shaders/`);
  }

  /** Copies what the demo needs. Its config has no JSR packages, which the demo does not use, and no lock. */
  static async create(): Promise<DemoCopy> {
    const folder = await Deno.makeTempDir({ prefix: "demo-" });
    for (const name of NEEDED) await copy(new URL(name, REPOSITORY), new URL(`file://${folder}/${name}`));
    const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", REPOSITORY)));
    const imports = Object.entries<string>(config.imports).filter(([, target]) => !target.startsWith("jsr:"));
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ ...config, imports: Object.fromEntries(imports), lock: false }),
    );
    return new DemoCopy(folder);
  }

  /**
   * Changes one place of a function of `conv.wgsl`.
   *
   * @returns puts it back
   */
  async changeConv(fn: string, old: string, now: string): Promise<() => Promise<void>> {
    const path = new URL("conv.wgsl", this.#shaders);
    const text = await Deno.readTextFile(path);
    const at = text.indexOf(old, text.indexOf(`fn ${fn}(`));
    assert(at > 0, `${fn} has no ${old}`);
    const write = async (changed: string) => {
      await Deno.writeTextFile(path, changed);
      await Deno.writeTextFile(new URL("bundle.ts", this.#shaders), await bundleText(this.#shaders));
    };
    await write(text.slice(0, at) + now + text.slice(at + old.length));
    return () => write(text);
  }

  /** Runs the demo without pictures, and so without any permission; gives the distances by R. */
  async distances(numUpdates: number): Promise<Record<string, string>> {
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: [
        "run",
        "--no-prompt",
        "--no-check",
        "examples/demo.ts",
        "--no-pictures",
        `--updates=${numUpdates}`,
      ],
      cwd: this.#folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return distancesOf(new TextDecoder().decode(stdout));
  }

  /** Removes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
