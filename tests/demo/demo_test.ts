import { assert, assertEquals, assertMatch } from "@std/assert";
import { decode } from "fast-png";
import { type Lesson, lessonLine } from "../../examples/demo/lesson.ts";
import { runDemo } from "../../examples/demo/run.ts";
import { DemoCopy, distancesOf, LINE } from "./copy.ts";

const NUM_UPDATES = 6;

/** Throws unless every tag of an XML text is closed in order. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (const [, closes, name, isEmpty] of xml.matchAll(/<(\/?)([\w:]+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (closes) assertEquals(open.pop(), name);
    else if (!isEmpty) open.push(name!);
  }
  assertEquals(open, []);
  assertEquals(xml.replace(/<[^<>]*>/g, "").match(/[<>]/), null);
}

/** Runs the demo into a temporary folder. */
async function demo(): Promise<{ lines: string[]; lessons: Lesson[]; loss: string; rollouts: string }> {
  const folder = await Deno.makeTempDir();
  try {
    const lines: string[] = [];
    const lessons = await runDemo({
      numUpdates: NUM_UPDATES,
      out: `${folder}/pictures`,
      print: (line) => lines.push(line),
    });
    const read = (name: string) => Deno.readTextFile(`${folder}/pictures/${name}.svg`);
    return { lines, lessons, loss: await read("loss"), rollouts: await read("rollouts") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the demo prints a line for each R and paints pictures of what it prints", async () => {
  const { lines, lessons, loss, rollouts } = await demo();
  assertMatch(lines[0]!, /^adapter: ./);
  assertEquals(lines.filter((line) => LINE.test(line)), lessons.map(lessonLine));
  assertEquals(lessons.map((l) => l.numRolloutSteps), [1, 5, 20]);
  for (const { distance, weights, lossHistory, prediction } of lessons) {
    assertEquals(distance, Math.hypot(weights[0] - 0.25, weights[1] - 0.75));
    assertEquals(lossHistory.length, NUM_UPDATES);
    assertEquals(prediction.shape, [1, 101, 1, 30]);
  }
  for (const svg of [loss, rollouts]) {
    assertMatch(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    assertWellFormed(svg);
    assert(!/NaN|undefined/.test(svg));
  }
  for (const R of [1, 5, 20]) {
    assert(loss.includes(`>R = ${R}<`));
    assert(rollouts.includes(`>prediction, R = ${R}<`));
  }
  // Truth, then prediction and error for each R, time from left to right.
  const panels = [...rollouts.matchAll(/data:image\/png;base64,([^"]+)"/g)].map(([, text]) =>
    decode(Uint8Array.fromBase64(text!))
  );
  assertEquals(panels.map(({ width, height }) => [width, height]), new Array(7).fill([101, 30]));
  const column = (panel: number, t: number) =>
    Array.from({ length: 30 }, (_, row) => [...panels[panel]!.data.slice(3 * (row * 101 + t)).slice(0, 3)]);
  assertEquals([1, 3, 5].map((panel) => column(panel, 0)), new Array(3).fill(column(0, 0)));
  assertEquals(new Set([2, 4, 6].flatMap((panel) => column(panel, 0)).map(String)).size, 1);
});

Deno.test("one wrong index in conv.wgsl changes the distances of the demo", async () => {
  const changes = [
    // Where it is read by every rollout, every distance changes.
    {
      in: "forward",
      index: "w(((o * C_IN + c) * K_Z + kz) * K_PLANE + k)",
      wrong: "w(((o * C_IN + c) * K_Z + kz) * K_PLANE + K_PLANE - 1u - k)",
      same: [],
    },
    { in: "adjointW", index: "vBar(o * OUT + n)", wrong: "vBar(o * OUT + (n + 1u) % OUT)", same: [] },
    // One step lets no cotangent through, so the rule for u plays no part in R = 1.
    { in: "adjointU", index: "u32((z * OUT_Y + y) * OUT_X + x)", wrong: "mx", same: ["1"] },
  ];
  await using copy = await DemoCopy.create();
  const right = await copy.distances(NUM_UPDATES);
  assertEquals(Object.keys(right), ["1", "5", "20"]);
  for (const { in: fn, index, wrong, same } of changes) {
    const restore = await copy.changeConv(fn, index, wrong);
    const distances = await copy.distances(NUM_UPDATES);
    await restore();
    assertEquals(Object.keys(distances), ["1", "5", "20"]);
    const unchanged = Object.keys(right).filter((R) => distances[R] === right[R]);
    assertEquals(unchanged, same, `${fn}: ${JSON.stringify({ right, distances })}`);
  }
});

Deno.test("distancesOf reads the lines that the demo prints", () => {
  assertEquals(
    distancesOf(
      "x\nR=5 distance=0.025087 loss=1.075e-1 updates/s=370 seconds=2.70 stencil=[0.2626, -0.7717]\n",
    ),
    { "5": "0.025087" },
  );
});
