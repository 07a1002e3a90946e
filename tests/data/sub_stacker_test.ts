import { assertEquals } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { TrajectorySubStacker } from "../../src/data/sub_stacker.ts";
import golden from "../golden/data.json" with { type: "json" };
import { throwsExactly } from "../random/throws.ts";

const iota = (n: number) => new Uint32Array(n).map((_, i) => i);

for (const { options, numTotalSamples, pairs } of golden.windows) {
  Deno.test(`TrajectorySubStacker numbers windows as trainax does ${JSON.stringify(options)}`, () => {
    const stacker = new TrajectorySubStacker(options);
    assertEquals(stacker.numTotalSamples, numTotalSamples);
    assertEquals(stacker.subTrajectoryLen, options.subTrajectoryLen);
    const target = new Uint32Array(2 * numTotalSamples);
    stacker.writeWindows(iota(numTotalSamples), target);
    assertEquals([...target], pairs);
    for (let i = 0; i < numTotalSamples; i++) {
      assertEquals(stacker.window(i), { sample: pairs[2 * i]!, start: pairs[2 * i + 1]! });
    }
  });
}

Deno.test("TrajectorySubStacker stacks by default", () => {
  const stacker = new TrajectorySubStacker({ numSamples: 20, trajectoryLen: 100, subTrajectoryLen: 2 });
  assertEquals(stacker.numTotalSamples, 1980);
});

Deno.test("TrajectorySubStacker writes a batch and nothing behind it", () => {
  const stacker = new TrajectorySubStacker({ numSamples: 3, trajectoryLen: 5, subTrajectoryLen: 2 });
  const target = new Uint32Array(6).fill(99);
  stacker.writeWindows(Uint32Array.of(11, 4), target);
  assertEquals([...target], [2, 3, 1, 0, 99, 99]);
});

Deno.test("TrajectorySubStacker writes nothing when a window does not exist", () => {
  const stacker = new TrajectorySubStacker({ numSamples: 3, trajectoryLen: 5, subTrajectoryLen: 2 });
  const target = new Uint32Array(4).fill(99);
  throwsExactly(
    () => stacker.writeWindows(Uint32Array.of(11, 12), target),
    RangeError,
    "Cannot locate window of TrajectorySubStacker as the index must be an integer in [0, 12): current index is 12",
  );
  assertEquals([...target], [99, 99, 99, 99]);
});

Deno.test("TrajectorySubStacker refuses trajectories shorter than a window", () => {
  const error = throwsExactly(
    () => new TrajectorySubStacker({ numSamples: 2, trajectoryLen: 5, subTrajectoryLen: 6 }),
    ShapeError,
    "Cannot create TrajectorySubStacker as trajectories need >= 6 snapshots (subTrajectoryLen=6): " +
      "current count is 5",
  );
  const { op, axis, expected, actual } = error as ShapeError;
  assertEquals({ op, axis, expected, actual }, {
    op: "TrajectorySubStacker",
    axis: "T",
    expected: ">= 6",
    actual: 5,
  });
  throwsExactly(
    () =>
      new TrajectorySubStacker({
        numSamples: 2,
        trajectoryLen: 1,
        subTrajectoryLen: 2,
        doSubStacking: false,
      }),
    ShapeError,
    "Cannot create TrajectorySubStacker as trajectories need >= 2 snapshots (subTrajectoryLen=2): " +
      "current count is 1",
  );
});

Deno.test("TrajectorySubStacker refuses windows that do not exist and targets that are too short", () => {
  const stacker = new TrajectorySubStacker({ numSamples: 3, trajectoryLen: 5, subTrajectoryLen: 2 });
  for (const i of [-1, 12, 0.5, NaN]) {
    throwsExactly(
      () => stacker.window(i),
      RangeError,
      "Cannot locate window of TrajectorySubStacker as the index must be an integer in [0, 12): " +
        `current index is ${i}`,
    );
  }
  throwsExactly(
    () => stacker.writeWindows(iota(3), new Uint32Array(5)),
    RangeError,
    "Cannot write windows of TrajectorySubStacker as the target must have >= 6 elements (2 for each of 3 windows): " +
      "current number of elements is 5",
  );
});

Deno.test("TrajectorySubStacker refuses wrong options", () => {
  throwsExactly(
    () =>
      new TrajectorySubStacker({
        numSamples: 0,
        trajectoryLen: 1.5,
        subTrajectoryLen: 0,
        doSubStacking: 1 as never,
      }),
    OptionsError,
    "Cannot create TrajectorySubStacker as 4 options do not hold:\n" +
      "- numSamples must be an integer >= 1: current numSamples is 0\n" +
      "- trajectoryLen must be an integer >= 1: current trajectoryLen is 1.5\n" +
      "- subTrajectoryLen must be an integer >= 1: current subTrajectoryLen is 0\n" +
      "- doSubStacking must be true or false: current doSubStacking is 1",
  );
});
