/**
 * The examples, each in a short form.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { main as configurations } from "../../examples/configurations.ts";
import { main as corrector } from "../../examples/corrector.ts";
import { main as customOp } from "../../examples/custom_op.ts";
import { main as fou } from "../../examples/fou.ts";
import { main as implicitDiffusion } from "../../examples/implicit_diffusion.ts";
import { main as lorenz } from "../../examples/lorenz.ts";
import FOU from "./golden/fou.json" with { type: "json" };

/** Collects what an example prints. */
function printer(): { lines: string[]; print: (line: string) => void } {
  const lines: string[] = [];
  return { lines, print: (line) => lines.push(line) };
}

/** |a - b| / |b|. */
function distance(a: ArrayLike<number>, b: readonly number[]): number {
  assertEquals(a.length, b.length);
  return Math.hypot(...b.map((x, i) => a[i]! - x)) / Math.hypot(...b);
}

Deno.test("configurations: each learns, and those that have the physics come nearer to it", async () => {
  const { lines, print } = printer();
  const outcomes = await configurations({ numUpdates: 500, print });
  assertEquals(Object.keys(outcomes), [
    "Supervised",
    "DivertedChain",
    "DivertedChainBranchOne",
    "MixChainPostPhysics",
    "Residuum",
    "Composite",
  ]);
  for (const [i, [name, { lossHistory, distance }]] of Object.entries(outcomes).entries()) {
    assertEquals(lossHistory.length, 500);
    assert(lossHistory.at(-1)! < 0.05 * lossHistory[0]!, name);
    assert(distance < 0.05, `${name}: ${distance}`);
    assert(lines[i]!.startsWith(`${name}: 500 updates took the loss from `));
  }
  const { Supervised, DivertedChain, DivertedChainBranchOne, MixChainPostPhysics, Residuum, Composite } =
    outcomes;
  for (const { distance } of [DivertedChain!, DivertedChainBranchOne!, Residuum!]) assert(distance < 1e-2);
  for (const { distance } of [Supervised!, MixChainPostPhysics!, Composite!]) assert(distance > 2e-2);
  // The residuum next - P(previous) is what one step of a branch is compared with.
  assert(distance(Residuum!.lossHistory, [...DivertedChainBranchOne!.lossHistory]) < 1e-5);
});

Deno.test("lorenz: the emulator learns, and its picture has both attractors", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { lines, print } = printer();
    const picture = `${folder}/lorenz.svg`;
    const { times, z, lossHistory } = await lorenz({ numUpdates: 400, picture, print });
    assert(lossHistory.slice(-50).every((loss) => loss < 0.1 * lossHistory[0]!));
    assert(times.length === 9 && times.every((time) => time > 0 && time < 50));
    assertAlmostEquals(z.emulator[0], z.truth[0], 5);
    assertMatch(lines.at(-1)!, /^Lorenz: after 400 updates the emulator keeps to unseen trajectories for /);
    const svg = await Deno.readTextFile(picture);
    assertMatch(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    assert(!/NaN|undefined/.test(svg));
    for (const title of ["truth", "emulator", "successive maxima of z"]) assert(svg.includes(`>${title}<`));
    assertEquals([...svg.matchAll(/aria-roledescription="line mark"|<path d="M[^"]{5000,}"/g)].length, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("custom_op: the op is right, and its coefficients are found", async () => {
  const { lines, print } = printer();
  const { isRight, found, truth } = await customOp({ numUpdates: 200, print });
  assert(isRight, lines[0]);
  found.forEach((k, i) => assertAlmostEquals(k, truth[i]!, 2e-3));
  assertMatch(
    lines.at(-1)!,
    /^Burgers: 200 updates found a dt \/ dx = 0\.2[45]\d* and nu dt \/ dx\^2 = 0\.\d+, /,
  );
});

Deno.test("implicit_diffusion: the residuum falls, and the step nears the exact one", async () => {
  const { lines, print } = printer();
  const { errorAfter1, lossHistory } = await implicitDiffusion({ numUpdates: 400, print });
  assert(lossHistory.at(-1)! < 1e-3 * lossHistory[0]!);
  assert(errorAfter1 < 0.03, String(errorAfter1));
  assertMatch(lines[0]!, /^Implicit diffusion: 400 updates took the residuum's mean square from /);
});

Deno.test("corrector: the correction halves the error, and the physics stays as it is", async () => {
  const { lines, print } = printer();
  const { coarse, corrected, physics } = await corrector({ numUpdates: 200, print });
  assert(corrected < coarse / 2, `${corrected} of ${coarse}`);
  assertEquals(physics, [0.25, 0.75]);
  assertMatch(lines[0]!, /^Corrector: after 20 steps .* the frozen stencil is still \[0\.25, 0\.75\]$/);
});

Deno.test("fou: the first 60 updates are those of trainax's notebook, for R = 1, 2, 3, 4", async () => {
  const { lines, print } = printer();
  const outcomes = await fou({ numUpdates: 60, print });
  assertEquals(outcomes.map((o) => o.numRolloutSteps), [1, 2, 3, 4]);
  for (const { numRolloutSteps, weights, lossHistory } of outcomes) {
    const { losses, weights: expected } = FOU.float64[`${numRolloutSteps}` as keyof typeof FOU.float64];
    assert(distance(lossHistory, losses) < 1e-5, `R = ${numRolloutSteps}: ${distance(lossHistory, losses)}`);
    assert(distance(weights, expected) < 1e-5, `R = ${numRolloutSteps}: ${distance(weights, expected)}`);
  }
  assertEquals(lines.map((line) => line.slice(0, 19)), [
    "R = 1: 100 windows,",
    "R = 2: 99 windows, ",
    "R = 3: 98 windows, ",
    "R = 4: 97 windows, ",
    "FOU: through 1 to 4",
  ]);
});
