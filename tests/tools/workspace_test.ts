import { assert, assertEquals, assertRejects } from "@std/assert";
import { mutantsOf } from "../../tools/mutate/mutants.ts";
import { Workspace } from "../../tools/mutate/workspace.ts";

const SOURCE = `export function f(x: number): string {
  return x > 1 ? "-".repeat(x * 2) : String(-x);
}
`;
const TEST = `import { f } from "../src/f.ts";
Deno.test("f", () => {
  if (f(2) !== "----") throw new Error("wrong");
});
`;

/** A small repository in a temporary folder, removed with it. */
async function tree(test: string): Promise<AsyncDisposable & { readonly root: URL }> {
  const folder = await Deno.makeTempDir();
  const root = new URL(`file://${folder}/`);
  const files = {
    "deno.json": "{}",
    "src/f.ts": SOURCE,
    "tests/f_test.ts": test,
    "shaders/a.wgsl": "fn a() {}\n",
  };
  for (const [path, text] of Object.entries(files)) {
    const url = new URL(path, root);
    await Deno.mkdir(new URL(".", url), { recursive: true });
    await Deno.writeTextFile(url, text);
  }
  for (const name of ["assert", "testing"]) {
    const config = `tools/offline/${name}/deno.json`;
    await Deno.mkdir(new URL(".", new URL(config, root)), { recursive: true });
    await Deno.copyFile(new URL(`../../${config}`, import.meta.url), new URL(config, root));
  }
  return { root, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("Workspace tells killed, surviving and broken mutants apart and changes only its copy", async () => {
  await using small = await tree(TEST);
  await using workspace = await Workspace.create(small.root);
  const judge = async (change: string) => {
    const mutant = mutantsOf("src/f.ts", SOURCE).find((m) => `${m.token} ${m.replacement}` === change);
    assert(mutant, change);
    return await workspace.judge(mutant, [["tests/f_test.ts"]]);
  };
  assertEquals(await judge("> >="), "survived");
  assertEquals(await judge("2 3"), "killed");
  const times = mutantsOf("src/f.ts", SOURCE).find((m) => m.token === "*")!;
  const broken = { ...times, replacement: "===" };
  assertEquals(await workspace.judge(broken, [["tests/f_test.ts"]]), "not compiling");
  for (const root of [small.root, workspace.root]) {
    assertEquals(await Deno.readTextFile(new URL("src/f.ts", root)), SOURCE);
  }
  assertEquals(
    [...Deno.readDirSync(small.root)].map((entry) => entry.name).includes("deno.offline.json"),
    false,
  );
});

Deno.test("Workspace refuses tests that fail without a mutant", async () => {
  await using small = await tree(TEST.replace("----", "--"));
  await using workspace = await Workspace.create(small.root);
  await assertRejects(
    () => workspace.judge(mutantsOf("src/f.ts", SOURCE)[0]!, [["tests/f_test.ts"]]),
    Error,
    "Cannot mutate as the tests must pass without a mutant: tests/f_test.ts",
  );
});
