/**
 * Writes `shaders/bundle.ts`: the text of every `shaders/**.wgsl` as a constant (`frames/action.wgsl` is
 * `FRAMES_ACTION`). With `--check` writes nothing and fails where the file is not up to date.
 *
 * @module
 */

/** Paths relative to `folder` of the WGSL files below it, sorted. */
async function shaderPaths(folder: URL): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) {
      const below = await shaderPaths(new URL(`${entry.name}/`, folder));
      paths.push(...below.map((path) => `${entry.name}/${path}`));
    } else if (entry.name.endsWith(".wgsl")) paths.push(entry.name);
  }
  return paths.sort();
}

/** A text as a template literal, line by line as in its file. */
function literal(text: string): string {
  return "`" + text.replaceAll(/[`\\]|\$\{/g, "\\$&") + "`";
}

/** The constant that holds a shader, by its path. */
export function constantName(path: string): string {
  return path.replace(/\.wgsl$/, "").replaceAll("/", "_").toUpperCase();
}

/** The text of `bundle.ts` for the shaders below `folder`, a URL that ends in `/`. */
export async function bundleText(folder: URL): Promise<string> {
  const paths = await shaderPaths(folder);
  const constants = await Promise.all(paths.map(async (path) => {
    const text = await Deno.readTextFile(new URL(path, folder));
    return `/** The text of \`shaders/${path}\`. */\nexport const ${constantName(path)} = ${
      literal(text)
    };\n`;
  }));
  const head =
    "/**\n * The shaders as texts. Generated from `shaders/**.wgsl` by `deno task bundle`.\n *\n * @module\n */\n";
  return head + constants.map((constant) => `\n${constant}`).join("");
}

if (import.meta.main) {
  const folder = new URL("../shaders/", import.meta.url);
  const bundle = new URL("bundle.ts", folder);
  const text = await bundleText(folder);
  const old = await Deno.readTextFile(bundle).catch(() => "");
  if (text === old) console.log("shaders/bundle.ts is up to date");
  else if (Deno.args.includes("--check")) {
    console.error("shaders/bundle.ts is not up to date: run deno task bundle");
    Deno.exit(1);
  } else {
    await Deno.writeTextFile(bundle, text);
    console.log("wrote shaders/bundle.ts");
  }
}
