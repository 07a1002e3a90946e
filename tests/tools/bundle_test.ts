import { assertEquals } from "@std/assert";
import { bundleText, constantName } from "../../tools/bundle.ts";

Deno.test("constantName is the path in capitals", () => {
  assertEquals(constantName("conv.wgsl"), "CONV");
  assertEquals(constantName("frames/sum_partials.wgsl"), "FRAMES_SUM_PARTIALS");
});

Deno.test("bundleText is a module that exports the texts as they are", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const text = "// `a` \\n ${b} $c\nfn f() {}\n";
    await Deno.mkdir(`${folder}/frames`);
    await Deno.writeTextFile(`${folder}/frames/odd.wgsl`, text);
    await Deno.writeTextFile(`${folder}/add.wgsl`, "fn g() {}\n");
    await Deno.writeTextFile(`${folder}/bundle.ts`, "not a shader");
    const module = await bundleText(new URL(`file://${folder}/`));
    const exports = await import(`data:text/javascript,${encodeURIComponent(module)}`);
    assertEquals({ ...exports }, { ADD: "fn g() {}\n", FRAMES_ODD: text });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
