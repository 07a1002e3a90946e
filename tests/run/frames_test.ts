/**
 * What frames do, at the edges: folded grids, more lanes than a workgroup, padded rows, members, offsets, and numbers
 * that are not finite.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { FRAMES_SUM_LOSSES, FRAMES_SUM_PARTIALS } from "../../shaders/bundle.ts";
import { mse } from "../../src/losses/mse.ts";
import { scale, tanh } from "../../src/ops/mod.ts";
import { KernelSet, type RecordedLaunch, RECORDS } from "../../src/run/kernels.ts";
import type { RecordValues } from "../../src/wgsl/record.ts";
import { convCase, denseCase } from "../ops/cases.ts";
import { type Case, check } from "../ops/check.ts";
import { gpu } from "../ops/device.ts";
import { limited } from "../ops/harness.ts";
import { launchRecorded, recordTable } from "../ops/records.ts";
import { chain } from "../ops/twin.ts";
import { numbers } from "../ops/use.ts";
import { mse as mseTwin } from "../twins/mse.ts";
import { scale as scaleTwin } from "../twins/scale.ts";
import { tanh as tanhTwin } from "../twins/tanh.ts";

const MOST_WORKGROUPS = 3;
/** Folds 9 workgroups into two rows of 5: one too many. */
const FOLDS_WITH_REST = 5;
const RUNNING = 0xffffffff;

Deno.test("frames keep to a folded grid, and workgroups beyond the end do nothing", async () => {
  const sizes = { cIn: 2, cOut: 3, n: 6, k: 3, boundary: "zeros" } as const;
  const options = { batch: 37, live: 33, members: 2, maxGrid: MOST_WORKGROUPS };
  await check(convCase(sizes), options); // element, batch_sum with summands
  await check(denseCase({ dIn: 5, dOut: 3 }), options); // batch_sum of a writer
  await check(convCase(sizes, { owner: "state" }), { ...options, batch: 3, live: 2, maxGrid: 5 }); // workgroup_sum
});

Deno.test("frames add over the samples of one, two and many groups", async () => {
  const sizes = { cIn: 1, cOut: 2, n: 5, k: 2, boundary: "periodic" } as const;
  for (const [batch, live] of [[1, 1], [2, 1], [31, 31], [32, 32], [33, 33], [70, 64], [100, 97]] as const) {
    await check(convCase(sizes), { batch, live });
  }
});

Deno.test("tensors lie where the plan puts them, whoever owns them", async () => {
  const sizes = { cIn: 2, cOut: 1, n: 3, k: 2, boundary: "zeros" } as const;
  const options = { batch: 5, live: 3, members: 2 };
  const c = convCase(sizes);
  await check(convCase(sizes, { owner: "constant" }), options);
  await check({ ...c, use: { ...c.use, isTrained: false } }, options);
  await check(c, { ...options, accumulates: true });
  const activated: Case = {
    use: { ...c.use, name: "tanh", call: (x) => scale({ u: tanh({ u: c.use.call(x) }) }, { factor: 2 }) },
    twin: chain(["u", "w", "b"], c.twin, tanhTwin, scaleTwin(2)),
    terms: { v: 64, u: 64, w: 64, b: 64 },
  };
  await check(activated, options);
  await check(activated, { ...options, accumulates: true });
  const sides = { p: { role: "state", shape: [6] }, r: { role: "snapshot", shape: [6] } } as const;
  for (const reduction of ["mean", "sum"] as const) {
    const { forward } = mse({ batchReduction: reduction });
    await check({
      use: { name: `mse, ${reduction}`, inputs: sides, call: ({ p, r }) => forward(p!, r!), reduction },
      twin: mseTwin,
      terms: { v: 40, p: 8, r: 8 },
    }, options);
  }
});

type Numbers = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Runs one launch of a kernel on these buffers and gives what they hold afterwards. */
async function launch(
  compile: (kernels: KernelSet) => Promise<RecordedLaunch>,
  contents: Readonly<Record<string, Numbers>>,
  records: { readonly action?: RecordValues; readonly update: RecordValues },
  maxGrid = gpu.maxGrid,
): Promise<Record<string, Numbers>> {
  const tables = {
    action: recordTable("action", records.action ?? {}, gpu.alignment),
    update: recordTable("update", records.update, gpu.alignment),
  };
  const memories = new Map(
    Object.entries({ ...contents, ...tables }).map(([key, data]) => {
      const memory = gpu.allocate(key, data.byteLength, key in tables ? "record" : "storage");
      gpu.write(memory, data);
      return [key, memory];
    }),
  );
  try {
    const { batch, members, groups = 1 } = records.update as Record<string, number>;
    const sizes = { batch: batch!, members: members!, groups };
    const bufferOf = (key: string) => memories.get(key)!;
    const compiled = await compile(new KernelSet(limited(gpu, { maxGrid }), bufferOf, sizes, RECORDS));
    gpu.submit("frame", (pass) => launchRecorded(pass, compiled, gpu.alignment));
    const keys = Object.keys(contents);
    const read = await gpu.read(
      keys.map((key) => ({ memory: memories.get(key)!, bytes: contents[key]!.byteLength })),
    );
    return Object.fromEntries(keys.map((key, i) => [
      key,
      contents[key] instanceof Float32Array ? new Float32Array(read[i]!) : new Uint32Array(read[i]!),
    ]));
  } finally {
    for (const memory of memories.values()) memory[Symbol.dispose]();
  }
}

const random = numbers(5);
const draw = (length: number) => Float32Array.from({ length }, random);

/** Asserts that a stretch holds these numbers and all else is as before. */
function assertStretch(
  after: Numbers,
  before: Numbers,
  from: number,
  expected: readonly number[],
  allowed: number,
): void {
  assertEquals(after.length, before.length);
  after.forEach((x, i) => {
    const value = expected[i - from];
    if (value === undefined) assertEquals(x, before[i], `element ${i} must not be written`);
    else assert(Object.is(x, value) || Math.abs(x - value) <= allowed, `element ${i} is ${x}, not ${value}`);
  });
}

Deno.test("initial_state copies the snapshots of the windows into a slot", async () => {
  const [batch, live, members] = [40, 37, 2];
  const size = 6;
  const stride = 8;
  const rows = batch * members;
  const contents = {
    data: draw(30 * stride),
    windows: Uint32Array.from({ length: 4 + rows }, (_, i) => i * 7 % 26),
    "states 8": draw(3 * rows * stride),
  };
  for (const maxGrid of [gpu.maxGrid, MOST_WORKGROUPS]) {
    const after = await launch(
      (kernels) => kernels.load([2, 3]),
      contents,
      { action: { times: [3, 9], output: 1 }, update: { batch, members, live, windows: 4 } },
      maxGrid,
    );
    const expected = contents["states 8"].slice();
    for (let row = 0; row < rows; row++) {
      if (row % batch >= live) continue;
      const from = (contents.windows[4 + row]! + 3) * stride;
      expected.set(contents.data.subarray(from, from + size), (rows + row) * stride);
    }
    assertEquals(after, { ...contents, "states 8": expected });
  }
});

Deno.test("sum_losses adds the samples of each term and member, and divides for the mean", async () => {
  const [terms, members] = [3, 3];
  for (const [batch, live] of [[1, 1], [5, 4], [64, 64], [150, 131]] as const) {
    const contents = {
      losses: draw(terms * members * batch),
      isMean: Uint32Array.of(1, 0, 7),
      history: draw(2 + terms * members + 3),
      stops: new Uint32Array(members).fill(RUNNING),
    };
    const expected = Array.from({ length: members * terms }, (_, i) => {
      const [member, term] = [Math.floor(i / terms), i % terms];
      const row = (term * members + member) * batch;
      const sum = contents.losses.subarray(row, row + live).reduce((a, b) => a + b, 0);
      return contents.isMean[term] === 0 ? sum : sum / live;
    });
    for (const maxGrid of [gpu.maxGrid, FOLDS_WITH_REST]) {
      const after = await launch(
        (kernels) => kernels.whole("sum_losses", FRAMES_SUM_LOSSES, terms * members),
        contents,
        { update: { batch, members, live, terms, history: 2, number: 9 } },
        maxGrid,
      );
      assertStretch(after.history!, contents.history, 2, expected, live * 2 ** -22);
      assertEquals({ ...after, history: 0 }, { ...contents, history: 0 });
    }
  }
});

Deno.test("sum_losses stops a member at its first loss that is not finite", async () => {
  const [terms, members, batch, live] = [2, 6, 3, 2];
  const bad: Record<number, number> = { 1: Infinity, 2: -Infinity, 3: 3e38 };
  const losses = draw(terms * members * batch);
  for (const [member, x] of Object.entries(bad)) losses[(members + Number(member)) * batch + 1] = x;
  losses[(members + 4) * batch + live] = NaN; // a padded sample
  losses[(members + 3) * batch] = 1;
  new Uint32Array(losses.buffer)[members * batch] = 0x7fc00001; // a NaN with another bit
  const contents = {
    losses,
    isMean: Uint32Array.of(0, 0),
    history: draw(terms * members),
    stops: Uint32Array.of(RUNNING, 12, 4, RUNNING, RUNNING, 5),
  };
  const { stops } = await launch(
    (kernels) => kernels.whole("sum_losses", FRAMES_SUM_LOSSES, terms * members),
    contents,
    { update: { batch, members, live, terms, number: 9 } },
  );
  assertEquals([...stops!], [9, 9, 4, RUNNING, RUNNING, 5]);
});

Deno.test("sum_partials adds the groups of each parameter and member that have samples, here at most 5", async () => {
  const members = 3;
  for (const [groups, parameters] of [[1, 64], [5, 128], [32, 192]] as const) {
    const size = members * parameters;
    const contents = {
      partials: draw((groups + 1) * size),
      gradient: draw(size + 5),
      stops: new Uint32Array(members).fill(RUNNING),
    };
    const expected = Array.from({ length: size }, (_, i) => {
      let sum = 0;
      for (let group = 0; group < Math.min(groups, 5); group++) sum += contents.partials[group * size + i]!;
      return sum;
    });
    for (const maxGrid of [gpu.maxGrid, FOLDS_WITH_REST]) {
      const after = await launch(
        (kernels) => kernels.whole("sum_partials", FRAMES_SUM_PARTIALS, Math.ceil(size / 64)),
        contents,
        { update: { batch: 1, live: 5, members, groups, parameters, number: 9 } },
        maxGrid,
      );
      assertStretch(after.gradient!, contents.gradient, 0, expected, groups * 2 ** -22);
      assertEquals({ ...after, gradient: 0 }, { ...contents, gradient: 0 });
    }
  }
});

Deno.test("sum_partials stops a member at its first cotangent that is not finite", async () => {
  const [members, parameters, groups] = [6, 64, 2];
  const size = members * parameters;
  const partials = draw(groups * size);
  const at = (group: number, member: number, i: number) => group * size + member * parameters + i;
  new Uint32Array(partials.buffer)[at(1, 0, 63)] = 0x7fc00001; // a NaN with another bit
  partials[at(0, 1, 0)] = Infinity;
  partials[at(1, 2, 5)] = -Infinity;
  partials[at(0, 3, 5)] = 3.3e38;
  partials[at(1, 3, 5)] = 1e37; // finite in each group, and so is the sum
  partials[at(0, 4, 7)] = 3e38;
  partials[at(1, 4, 7)] = 3e38; // and so is not this sum
  const { stops } = await launch(
    (kernels) => kernels.whole("sum_partials", FRAMES_SUM_PARTIALS, Math.ceil(size / 64)),
    { partials, gradient: draw(size), stops: Uint32Array.of(RUNNING, 12, 4, RUNNING, RUNNING, 5) },
    { update: { batch: 2, live: 2, members, groups, parameters, number: 9 } },
  );
  assertEquals([...stops!], [9, 9, 4, RUNNING, 9, 5]);
});
