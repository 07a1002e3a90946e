/**
 * The kernels of an optimizer at the edges: folded grids, buffers that hold other numbers, parameters that end off a
 * tile, and members that have stopped.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { adamw, chain, clipByGlobalNorm, type Optimizer, sgd } from "../../mod.ts";
import { optimizerBuffers, optimizerKernels, rolesOf } from "../../src/optimizers/kernels.ts";
import { scalarsOf } from "../../src/optimizers/optimizer.ts";
import { FlatLayout } from "../../src/run/flat.ts";
import { gpu } from "../ops/device.ts";
import { numbers } from "../ops/use.ts";
import { stepperOf } from "./chain_problem.ts";
import { adamTwin, applyTwin, clipTwin, decayTwin, stepTwin } from "./chain_twin.ts";
import { LoadedOptimizer } from "./loaded.ts";

const MEMBERS = 3;
/** Parameters of a member: more and fewer tiles of 64 than there are partial sums, whole ones and one more. */
const MANY = 64 * 70 + 1;
const FEW = 64 * 3 + 1;
const WHOLE = 64 * 3;
const NUMBER = 5;
const SCHEDULE_AT = 4;
/** Elements behind the end of each buffer: trained parameters that are none. */
const TAIL = 9;
const RUNNING = 0xffffffff;
/** Bit 0: trained; bit 1: the mask. */
const rolesFor = (size: number) =>
  Uint32Array.from({ length: size }, (_, i) => i % 5 === 1 ? 0 : i % 3 === 0 ? 3 : 1);

const optimizerOf = (rate: number) =>
  chain(
    clipByGlobalNorm(3),
    adamw(rate, { eps: 0.01, weightDecay: 0.25, mask: ["head"] }),
    clipByGlobalNorm(0.75),
  );
const OPTIMIZERS = [0.1, 0.2, 0.3].map(optimizerOf);

/** Runs one update on random numbers; all other memory holds random numbers too. */
async function update(P: number, maxGrid: number, stops: readonly number[]) {
  const random = numbers(8);
  const draw = (size: number) => Float32Array.from({ length: size + TAIL }, random);
  const schedule = draw(64);
  schedule.set(OPTIMIZERS.flatMap((optimizer) => scalarsOf(optimizer).map((value) => value(0))), SCHEDULE_AT);
  const contents = {
    gradient: draw(MEMBERS * P),
    parameters: draw(MEMBERS * P),
    moments: new Float32Array(2 * MEMBERS * P + TAIL),
    schedule,
    roles: Uint32Array.from([...rolesFor(P), ...new Array(TAIL).fill(1)]),
    stops: Uint32Array.from(stops),
  };
  using loaded = await LoadedOptimizer.create(gpu, OPTIMIZERS[0]!, {
    sizes: { parameters: P, members: MEMBERS },
    record: { schedule: SCHEDULE_AT, number: NUMBER },
    contents,
    draw,
    maxGrid,
  });
  loaded.submit();
  const after = await loaded.read(["parameters", "moments", "gradient", "squares", "updates"]);
  return { before: loaded.before as Record<string, Float32Array>, after };
}

for (const P of [MANY, FEW, WHOLE]) {
  Deno.test(`a chain with two norms of ${P} parameters updates each member by its own, on any grid`, async () => {
    const running = [RUNNING, NUMBER + 1, RUNNING];
    const whole = await update(P, gpu.maxGrid, running);
    const roles = rolesFor(P);
    const trained = Array.from(roles.keys()).filter((i) => roles[i] !== 0);
    for (let m = 0; m < MEMBERS; m++) {
      const part = (x: Float32Array) => x.slice(m * P, (m + 1) * P);
      const [after] = applyTwin(
        [
          clipTwin(3),
          adamTwin({ eps: 0.01 }),
          decayTwin(() => 0.25, (k) => roles[trained[k]!] === 3),
          stepTwin(() => 0.1 * (m + 1)),
          clipTwin(0.75),
        ],
        part(whole.before.parameters!),
        [part(whole.before.gradient!)],
        (i) => roles[i] === 0,
      );
      part(whole.after.parameters!).forEach((x, i) =>
        assert(Math.abs(x - after![i]!) <= 1e-6, `element ${i} of member ${m} is ${x}, not ${after![i]}`)
      );
    }
    assertEquals(whole.after.gradient, whole.before.gradient);
    for (const [key, size] of Object.entries({ parameters: P, moments: 2 * P, squares: 64, updates: P })) {
      const [before, after] = [whole.before[key]!, whole.after[key]!];
      assertEquals(after.slice(MEMBERS * size), before.slice(MEMBERS * size), `the end of ${key}`);
    }
    for (const maxGrid of [4, 5, 50]) {
      assertEquals((await update(P, maxGrid, running)).after, whole.after);
    }
  });
}

Deno.test("once a member has stopped, parameters and moments stay", async () => {
  for (const stops of [[RUNNING, RUNNING, NUMBER], [NUMBER - 1, RUNNING, RUNNING]]) {
    const { before, after } = await update(FEW, gpu.maxGrid, stops);
    assertEquals([after.parameters, after.moments], [before.parameters, before.moments]);
  }
});

Deno.test("a chain is one kernel, and a norm adds one or two", () => {
  const labels = (optimizer: Optimizer) =>
    optimizerKernels(optimizer, { parameters: 640, members: 3 }).map(({ label, workgroups }) =>
      `${label} ${workgroups}`
    );
  assertEquals(labels(adamw(1)), ["optimizer 30"]);
  assertEquals(labels(chain(clipByGlobalNorm(1), adamw(1))), ["sum_squares 30", "optimizer 30"]);
  assertEquals(labels(chain(adamw(1), clipByGlobalNorm(1))), [
    "optimizer 30",
    "sum_squares 30",
    "optimizer 30",
  ]);
  const many = { parameters: 64 * 100 - 1, members: 2 };
  assertEquals(
    optimizerKernels(chain(clipByGlobalNorm(1), sgd(1)), many).map(({ workgroups }) => workgroups),
    [
      128,
      200,
    ],
  );
});

Deno.test("buffers are as large as what lies in them", () => {
  const bytes = (optimizer: Optimizer) =>
    optimizerBuffers(optimizer, { parameters: 640, members: 3 }, 7)
      .filter(({ bytes }) => bytes > 0).map(({ key, kind, bytes }) => `${key} ${kind} ${bytes / 4}`);
  assertEquals(bytes(sgd(1)), ["schedule tables 21", "roles tables 640"]);
  assertEquals(bytes(optimizerOf(1)), [
    "moments optimizer 3840",
    "schedule tables 84",
    "roles tables 640",
    "updates optimizer 1920",
    "squares optimizer 192",
  ]);
});

Deno.test("roles say what is trained and what masks pick", () => {
  const stepper = stepperOf([2, 3, 1], new Float32Array(6), ["head.b"]);
  const layout = new FlatLayout(stepper.parameters);
  const optimizer = chain(
    adamw(1, { mask: ["tail"] }),
    adamw(1),
    adamw(1, { mask: (path) => path === "tail" || path === "head.a" }),
    adamw(1, { mask: [] }),
  );
  const roles = rolesOf(optimizer, stepper, layout);
  assertEquals(roles.length, 3 * 64);
  const expected = new Uint32Array(roles.length);
  expected.set([0b101, 0b101], 0);
  expected.set([0b111], 128);
  assertEquals(roles, expected);
});
