/**
 * Where trajectories lie, by counted bytes.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Supervised, type TrajectorySource } from "../../mod.ts";
import {
  dataBuffers,
  describePlacement,
  placeFixedWindows,
  placementsFor,
  WHOLE,
  windowLengthOf,
} from "../../src/run/placement.ts";
import { totalOf } from "../../src/run/memory.ts";
import { Trajectories } from "../../src/run/trajectories.ts";
import { recordTape } from "../../src/tape/configuration.ts";
import { LINEAR } from "../training/problem.ts";

const KIB = 1024;

/** Trajectories of any size; nothing is read. */
function trajectoriesOf(...shape: number[]): Trajectories {
  const source: TrajectorySource = { shape, read: () => new Float32Array() };
  return new Trajectories("place", source, 1);
}

/** 64 samples of 16 snapshots of 1 KiB: 1 MiB. */
const MEBIBYTE = trajectoriesOf(64, 16, 1, 256);
const UPDATES = { windowLength: 4, windowsPerUpdate: 8, maxUpdates: 64 }; // 32 KiB an update
const place = (room: number, maxBindingBytes: number) =>
  placementsFor(MEBIBYTE, UPDATES, room * KIB, maxBindingBytes * KIB);
const kinds = (room: number, binding: number) => place(room, binding).map(({ placement }) => placement.kind);

Deno.test("trajectories lie whole where they fit in one binding and in the room, and stream else", () => {
  assertEquals(place(4096, 1024), [
    { placement: WHOLE, updates: 64 },
    // an eighth of the room: 512 KiB
    { placement: { kind: "streamed", numWindows: 16 * 8, windowLength: 4 }, updates: 16 },
  ]);
  assertEquals(kinds(1024, 1024), ["whole", "streamed"]);
  assertEquals(kinds(1023, 1024), ["streamed"]);
});

Deno.test("trajectories beyond a binding lie in slabs of whole samples where they fit in the room", () => {
  assertEquals(place(2048, 1023), [
    { placement: { kind: "slabs", samplesPerSlab: 63, numWindows: 8 * 8, windowLength: 4 }, updates: 8 },
    { placement: { kind: "streamed", numWindows: 8 * 8, windowLength: 4 }, updates: 8 },
  ]);
  assertEquals(kinds(1023, 1023), ["streamed"]);
  const [slabs] = place(2048, 100);
  assertEquals(
    dataBuffers(MEBIBYTE, slabs!.placement).map(({ key, kind, bytes }) => [key, kind, bytes / KIB]),
    [["data", "data", 96], ...Array.from({ length: 10 }, (_, i) => [`slab ${i}`, "data", 96]), [
      "slab 10",
      "data",
      64,
    ]],
  );
  assertEquals(kinds(2048, 16), ["slabs", "streamed"]);
  assertEquals(kinds(2048, 15), ["streamed"]); // a sample is larger than a binding
});

Deno.test("streaming is no way out where the windows take more than the trajectories", () => {
  const wide = { ...UPDATES, windowsPerUpdate: 512 };
  assertEquals(placementsFor(MEBIBYTE, wide, 1e9, 1e9), [{ placement: WHOLE, updates: 64 }]);
  assertEquals(placementsFor(MEBIBYTE, wide, 1000, 1e9), [{ placement: WHOLE, updates: 64 }]);
});

Deno.test("windows take at most 32 MiB, an eighth of the room and a binding, or one update", () => {
  const large = trajectoriesOf(1 << 16, 16, 1, 256); // 1 GiB
  const updates = (windowsPerUpdate: number, room: number, binding: number) =>
    placementsFor(large, { ...UPDATES, windowsPerUpdate }, room * KIB, binding * KIB).at(-1)!.updates;
  assertEquals(updates(1024, 1 << 20, 1 << 20), 8);
  assertEquals(updates(1024, 1 << 17, 1 << 20), 4);
  assertEquals(updates(1024, 1 << 20, 12 << 10), 3);
  assertEquals(updates(1024, 10, 1 << 20), 1);
  assertEquals(updates(1, 1 << 20, 1 << 20), 64);
});

Deno.test("slabs hold every sample once, and none is larger than a binding", () => {
  const sizes = fc.record({
    samples: fc.integer({ min: 1, max: 300 }),
    snapshots: fc.integer({ min: 4, max: 20 }),
    points: fc.integer({ min: 1, max: 50 }),
    binding: fc.integer({ min: 16, max: 100_000 }),
  });
  fc.assert(fc.property(sizes, ({ samples, snapshots, points, binding }) => {
    const trajectories = trajectoriesOf(samples, snapshots, 1, points);
    for (const { placement } of placementsFor(trajectories, UPDATES, Infinity, binding)) {
      const slabs = dataBuffers(trajectories, placement).filter(({ key }) => key.startsWith("slab"));
      assertEquals(placement.kind === "slabs", slabs.length > 0);
      if (slabs.length > 0) assertEquals(totalOf(slabs), trajectories.bytes);
      assert(slabs.every(({ bytes }) => bytes > 0 && bytes <= binding && bytes % 4 === 0));
    }
  }));
});

Deno.test("windows that do not change are uploaded alone, unless the trajectories take no more", () => {
  const windows = (numWindows: number) => ({ numWindows, windowLength: 4 });
  assertEquals(placeFixedWindows(MEBIBYTE, windows(255)), { kind: "streamed", ...windows(255) });
  assertEquals(placeFixedWindows(MEBIBYTE, windows(256)), WHOLE);
});

Deno.test("a window is as long as what a configuration reads", () => {
  const recording = recordTape(new Supervised({ numRolloutSteps: 5 }), {
    stepper: LINEAR,
    refStepper: undefined,
    residuum: undefined,
  });
  assertEquals(windowLengthOf(recording), 6);
});

Deno.test("places are told in words", () => {
  const words = (room: number, binding: number) =>
    describePlacement(MEBIBYTE, place(room, binding)[0]!.placement);
  assertEquals(
    words(4096, 1024),
    "64 trajectories of 16 snapshots lie in one buffer, where kernels read them",
  );
  assertEquals(
    words(4096, 512),
    "64 trajectories of 16 snapshots lie in 2 slabs on the device, from where 128 windows at a time are copied",
  );
  assertEquals(words(512, 512), "of 64 trajectories of 16 snapshots, 16 windows at a time are on the device");
});
