/**
 * Type-checks the modules named as arguments as a browser sees them: its own names and those of
 * `@webgpu/types`, nothing of Deno or node.
 *
 * @module
 */

const root = new URL("../", import.meta.url);
const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
config.compilerOptions.lib = ["esnext", "dom", "dom.iterable", "dom.asynciterable"];
config.compilerOptions.types = ["@webgpu/types"];
const { imports, compilerOptions } = config;

const folder = new URL(".deno/browser/", root);
await Deno.mkdir(folder, { recursive: true });
try {
  const path = new URL("deno.json", folder).pathname;
  await Deno.writeTextFile(path, JSON.stringify({ imports, compilerOptions, lock: false }));
  const modules = Deno.args.map((module) => new URL(module, root).href);
  const check = new Deno.Command("deno", { args: ["check", "--quiet", "--config", path, ...modules] });
  const { success, stderr } = await check.output();
  if (!success) {
    await Deno.stderr.write(stderr);
    console.error("\nCannot run in a browser as every name above must exist there");
    Deno.exitCode = 1;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
