import { assertEquals } from "@std/assert";
import { entryOf, parseCommand } from "../../tools/test_in_browser.ts";
import { throwsExactly } from "../random/throws.ts";

Deno.test("a command line names browser, adapter and tests, all of which have defaults", () => {
  const none = parseCommand([]);
  assertEquals([none.browser, none.adapter], ["chromium", "swiftshader"]);
  for (const path of none.tests) assertEquals(Deno.statSync(path).isDirectory, true);
  assertEquals(parseCommand(["tests/a_test.ts", "--adapter", "default", "--browser", "chrome", "tests/b"]), {
    browser: "chrome",
    adapter: "default",
    tests: ["tests/a_test.ts", "tests/b"],
  });
  throwsExactly(
    () => parseCommand(["--fast"]),
    TypeError,
    "Cannot run tests in a browser as options are --browser and --adapter: current option is --fast",
  );
});

Deno.test("the page's module takes the stand-in for Deno before the tests", () => {
  const lines = entryOf(["tests/a_test.ts", "tests/b/c_test.ts"], "file:///root/").split("\n");
  assertEquals(lines.slice(0, 3), [
    'import { run } from "file:///root/tools/browser/deno_shim.ts";',
    'import "file:///root/tests/a_test.ts";',
    'import "file:///root/tests/b/c_test.ts";',
  ]);
});
