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
import { mse } from "../src/losses/mse.ts";
import { add, conv, dense, relu, scale, sub, tanh } from "../src/ops/mod.ts";
import { Loaded } from "../tests/ops/harness.ts";
import type { Use } from "../tests/ops/use.ts";
import { roofOf, timingOf } from "./roof.ts";

const BATCH = 20;
const [C, N, K] = [32, 128, 3];
const D = 64;
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
const roof = await roofOf(gpu);
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
