import { assert, assertEquals } from "@std/assert";
import { checkAdjoint } from "../../src/check/mod.ts";
import { gpu } from "../ops/device.ts";
import { PAIRS, pairs, pairsTwin, SMOOTH, WAYS } from "./pairs.ts";

for (const [reference, options] of Object.entries(WAYS)) {
  Deno.test(`checkAdjoint by ${reference} finds an op right`, async () => {
    const report = await checkAdjoint(gpu, pairs(SMOOTH), PAIRS, options);
    assert(report.ok, String(report));
    assertEquals([report.name, report.reference], ["pairs", reference]);
    assertEquals(Object.keys(report.inputs), ["u", "w"]);
    for (const { numCompared, numUnresolved, maxRelativeError, shape } of Object.values(report.inputs)) {
      assertEquals([numCompared, numUnresolved, shape], [7, 0, [7]]);
      assert(maxRelativeError < (options.twin ? 1e-6 : 1e-4), String(report));
    }
  });

  const WRONG: Readonly<Record<string, readonly [from: string, to: string, input: "u" | "w"]>> = {
    "index": ["i + N - 1u", "i + 1u", "u"],
    "index off by one": ["vBar(i) * w(i) * u((i + 1u) % N) +", "vBar(i) * w(i) * u(i) +", "u"],
    "sign": ["+ vBar(left)", "- vBar(left)", "u"],
    "sign of all": ["setWBar(i, vBar(i)", "setWBar(i, -vBar(i)", "w"],
    "factor missing": ["vBar(left) * w(left)", "vBar(left)", "u"],
    "factor too much": ["setWBar(i, vBar(i)", "setWBar(i, 1.01 * vBar(i)", "w"],
    "term missing": ["+ vBar(left) * w(left) * u(left)", "", "u"],
    "element missing": ["{ setWBar(", "{ if (i == 0u) { return; } setWBar(", "w"],
    "NaN": ["setWBar(i, vBar(i)", "setWBar(i, sqrt(-1.0 - u(i) * u(i)) * vBar(i)", "w"],
  };
  for (const [what, [from, to, input]] of Object.entries(WRONG)) {
    Deno.test(`checkAdjoint by ${reference} finds a rule wrong: ${what}`, async () => {
      const wgsl = SMOOTH.replace(from, to);
      assert(wgsl !== SMOOTH);
      const report = await checkAdjoint(gpu, pairs(wgsl), PAIRS, options);
      assert(!report.ok, String(report));
      const right = input === "u" ? "w" : "u";
      assertEquals([report.inputs[input]!.ok, report.inputs[right]!.ok], [false, true], String(report));
    });
  }
}

Deno.test("checkAdjoint finds a forward wrong by a twin only", async () => {
  const wgsl = SMOOTH.replaceAll("i + 1u", "i + 2u").replaceAll("N - 1u", "N - 2u");
  assert((await checkAdjoint(gpu, pairs(wgsl), PAIRS)).ok);
  const report = await checkAdjoint(gpu, pairs(wgsl), PAIRS, { twin: pairsTwin });
  assertEquals([report.ok, report.forward!.ok], [false, false]);
  assertEquals((await checkAdjoint(gpu, pairs(SMOOTH), PAIRS)).forward, null);
});

Deno.test("checkAdjoint finds a rule that leaves an element out, not one that takes them in another order", async () => {
  const at = (j: string) =>
    SMOOTH.replace(
      "setWBar(i, vBar(i) * u(i) * u((i + 1u) % N))",
      `let j = ${j}; setWBar(j, vBar(j) * u(j) * u((j + 1u) % N))`,
    );
  assertEquals((await checkAdjoint(gpu, pairs(at("max(i, 1u)")), PAIRS)).inputs.w!.ok, false);
  assertEquals((await checkAdjoint(gpu, pairs(at("N - 1u - i")), PAIRS)).ok, true);
});
