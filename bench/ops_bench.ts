/**
 * Time of each op, forward and every adjoint, beside what the adapter can do at best: how fast it copies and how fast
 * it multiplies and adds, measured in the same run. The first table gives each kernel's share of that roof.
 *
 *     deno task bench bench/ops_bench.ts
 *
 * @module
 */
import { Gpu } from "../src/gpu/gpu.ts";
import { sizeOf } from "../src/ndarray.ts";
import { bindingsOf } from "../src/wgsl/kernel.ts";
import { link } from "../src/wgsl/link.ts";
import { mse } from "../src/losses/mse.ts";
import { add, conv, dense, relu, scale, sub, tanh } from "../src/ops/mod.ts";
import { Loaded } from "../tests/ops/harness.ts";
import type { Use } from "../tests/ops/use.ts";

const BATCH = 20;
const [C, N, K] = [32, 128, 3];
const D = 64;
/** How much longer than one launch a submit of many should take: far more than what the wait for it varies. */
const SUBMIT_MS = 40;
const MOST_LAUNCHES = 4096;
const NUM_SAMPLES = 5;

/** A use and, for each of its kernels, its multiplications and additions for one sample. */
interface Measured {
  readonly use: Use;
  readonly operations: Readonly<Record<string, number>>;
}

const state = (...shape: number[]) => ({ role: "state", shape }) as const;
const parameter = (...shape: number[]) => ({ role: "parameter", shape }) as const;
const FIELD = [C, N];
const CELLS = C * N;

const USES: readonly Measured[] = [
  {
    use: {
      name: `conv ${C}->${C}, N=${N}, K=${K}, periodic`,
      inputs: { u: state(...FIELD), w: parameter(C, C, K), b: parameter(C) },
      call: ({ u, w, b }) => conv({ u: u!, w: w!, b: b! }),
    },
    operations: {
      forward: 2 * CELLS * C * K,
      adjointU: 2 * CELLS * C * K,
      adjointW: 2 * CELLS * C * K,
      adjointB: CELLS,
    },
  },
  {
    use: {
      name: `dense ${D}->${D}`,
      inputs: { u: state(D), w: parameter(D, D), b: parameter(D) },
      call: ({ u, w, b }) => dense({ u: u!, w: w!, b: b! }),
    },
    operations: { forward: 2 * D * D, adjointU: 2 * D * D, adjointW: 2 * D * D, adjointB: D },
  },
  ...([["relu", relu], ["tanh", tanh], ["scale", ({ u }) => scale({ u }, { factor: 0.5 })]] as [
    string,
    typeof relu,
  ][]).map(([name, op]): Measured => ({
    use: { name, inputs: { u: state(...FIELD) }, call: ({ u }) => op({ u: u! }) },
    operations: { forward: CELLS, adjointU: CELLS },
  })),
  ...([["add", add], ["sub", sub]] as const).map(([name, op]): Measured => ({
    use: {
      name,
      inputs: { a: state(...FIELD), b: state(...FIELD) },
      call: ({ a, b }) => op({ a: a!, b: b! }),
    },
    operations: { forward: CELLS, adjointA: CELLS, adjointB: CELLS },
  })),
  {
    use: {
      name: "mse",
      inputs: { p: state(...FIELD), r: state(...FIELD) },
      call: ({ p, r }) => mse().forward(p!, r!),
      reduction: "mean",
    },
    operations: { forward: 3 * CELLS, adjointP: 2 * CELLS, adjointR: 2 * CELLS },
  },
];

/** What a launch takes, and how many make a submit that is long against the wait for it. */
interface Timing {
  readonly milliseconds: number;
  readonly launches: number;
}

/** Times submits of many launches and of one; the wait for a submit, 10 ms on some systems, is in neither. */
async function timingOf(gpu: Gpu, submit: (launches: number) => void): Promise<Timing> {
  const leastOf = async (launches: number, samples = NUM_SAMPLES) => {
    let least = Infinity;
    for (let i = 0; i < samples; i++) {
      const start = performance.now();
      submit(launches);
      await gpu.settled();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const one = await leastOf(1);
  let launches = 2;
  while (launches < MOST_LAUNCHES && await leastOf(launches, 1) < one + SUBMIT_MS) launches *= 2;
  return { milliseconds: (await leastOf(launches) - one) / (launches - 1), launches };
}

/** A launch of a whole module over some workgroups of 64 lanes. */
async function wholeLaunch(gpu: Gpu, label: string, main: string, bytes: number, workgroups: number) {
  const text = await link({ main });
  const bindings = bindingsOf(text.code);
  const pipeline = await gpu.pipeline({ label, text, bindings });
  const buffers = bindings.map(({ name }) => gpu.allocate(name, bytes));
  const resources = Object.fromEntries(buffers.map((memory) => [memory.label, { memory }]));
  const launch = { pipeline, bindGroup: gpu.bind(pipeline, resources), grid: [workgroups, 1] as const };
  const { milliseconds } = await timingOf(gpu, (launches) =>
    gpu.submit(label, (pass) => {
      for (let i = 0; i < launches; i++) pass.launch(launch, []);
    }));
  for (const buffer of buffers) buffer[Symbol.dispose]();
  return milliseconds;
}

/** GB/s of a copy, bytes read and written. */
async function copyRoof(gpu: Gpu): Promise<number> {
  const workgroups = 2 ** 14; // 16 MiB each way
  const bytes = 16 * 64 * workgroups;
  const main = `
    @group(0) @binding(0) var<storage, read> source: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> to: array<vec4f>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { to[id.x] = source[id.x]; }
  `;
  return 2 * bytes / (await wholeLaunch(gpu, "copy", main, bytes, workgroups)) / 1e6;
}

/** GFLOP/s of multiply-adds in registers: a few chains of vec4 on each lane, unrolled. */
async function multiplyAddRoof(gpu: Gpu): Promise<number> {
  const [workgroups, turns, unrolled, chains] = [2 ** 10, 32, 16, 2];
  const each = (line: (i: number) => string) => Array.from({ length: chains }, (_, i) => line(i)).join(" ");
  const main = `
    @group(0) @binding(0) var<storage, read_write> to: array<vec4f>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      let y = to[id.x] + 0.5;
      ${each((i) => `var x${i} = y + ${i}.0;`)}
      for (var k = 0u; k < ${turns}u; k++) {
        ${Array(unrolled).fill(each((i) => `x${i} = x${i} * y + y;`)).join("\n        ")}
      }
      to[id.x] = ${Array.from({ length: chains }, (_, i) => `x${i}`).join(" + ")};
    }
  `;
  const operations = 2 * 4 * chains * unrolled * turns * 64 * workgroups;
  return operations / (await wholeLaunch(gpu, "multiply-add", main, 16 * 64 * workgroups, workgroups)) / 1e6;
}

/** Bytes that a kernel must move for a batch: what it reads and what it writes, once each. */
function bytesOf({ inputs, reduction }: Use, fn: string, outputSize: number): number {
  const sizes = Object.entries(inputs).map(([name, { role, shape }]) => ({
    name,
    floats: sizeOf(shape) * (role === "parameter" ? 1 : BATCH),
  }));
  const all = sizes.reduce((sum, { floats }) => sum + floats, 0);
  const v = (reduction ? 1 : outputSize) * BATCH;
  if (fn === "forward") return 4 * (all + v);
  const own = sizes.find(({ name }) => fn === `adjoint${name.toUpperCase()}`)!.floats;
  return 4 * (sizes.length === 1 ? 2 * own + v : all + v);
}

const gpu = await Gpu.request();
const roof = { copy: await copyRoof(gpu), multiplyAdd: await multiplyAddRoof(gpu) };
console.log(
  `${gpu.name}: copies ${roof.copy.toFixed(1)} GB/s, multiplies and adds ${
    roof.multiplyAdd.toFixed(1)
  } GFLOP/s; ` +
    `batch ${BATCH}, fields [${FIELD}]`,
);

for (const { use, operations } of USES) {
  const loaded = await Loaded.create(gpu, use, { batch: BATCH });
  for (const { label, launch } of loaded.launches) {
    const fn = label.split(".")[1]!;
    const submit = (launches: number) => loaded.submit(Array(launches).fill(launch));
    const { milliseconds, launches } = await timingOf(gpu, submit);
    const bytes = bytesOf(use, fn, use.inputs.w?.shape[0] === D ? D : CELLS);
    const [gbs, gflops] = [bytes / milliseconds / 1e6, operations[fn]! * BATCH / milliseconds / 1e6];
    const share = Math.max(gbs / roof.copy, gflops / roof.multiplyAdd);
    console.log(
      `${label.padEnd(16)} ${(1000 * milliseconds).toFixed(0).padStart(7)} us ${
        gbs.toFixed(2).padStart(7)
      } GB/s ` +
        `${gflops.toFixed(2).padStart(7)} GFLOP/s ${
          (100 * share).toFixed(1).padStart(5)
        } % of the roof   ${use.name}`,
    );
    Deno.bench(`${label}, a submit of ${launches}`, async () => {
      submit(launches);
      await gpu.settled();
    });
  }
}
