/**
 * Time of every kernel of every optimizer, beside how fast the adapter copies, measured in the same run: an optimizer
 * reads and writes each number once, so that a copy is its roof.
 *
 *     deno task bench bench/optimizers_bench.ts
 *
 * @module
 */
import { Gpu } from "../src/gpu/gpu.ts";
import * as optimizers from "../src/optimizers/mod.ts";
import { momentsOf, type Optimizer } from "../src/optimizers/optimizer.ts";
import { LoadedOptimizer } from "../tests/optimizers/loaded.ts";
import { benchLaunch, timeLaunch } from "./kernel_bench.ts";
import { roofOf } from "./roof.ts";

/** P, the parameters of a `classicResNet` with 26 channels and 8 blocks. */
const PARAMETERS = 32_960;
const MEMBERS = 4;
const RUNNING = 0xffffffff;

const { adam, adamw, chain, clipByGlobalNorm, lion, sgd } = optimizers;
const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  "sgd": sgd(1e-3),
  "sgd with momentum": sgd(1e-3, { momentum: 0.9 }),
  "adam": adam(1e-3),
  "adamw": adamw(1e-3),
  "lion": lion(1e-3),
  "adam behind clipByGlobalNorm": chain(clipByGlobalNorm(1), adam(1e-3)),
};

const gpu = await Gpu.request();
const roof = await roofOf(gpu);
console.log(
  `${gpu.name}: copies ${roof.copy.toFixed(1)} GB/s; ${MEMBERS} members of ${PARAMETERS} parameters`,
);

for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
  const size = MEMBERS * PARAMETERS;
  const loaded = await LoadedOptimizer.create(gpu, optimizer, {
    sizes: { parameters: PARAMETERS, members: MEMBERS },
    record: { number: 1 },
    contents: {
      gradient: new Float32Array(size).fill(1e-3),
      parameters: new Float32Array(size).fill(1),
      moments: new Float32Array(2 * size),
      schedule: new Float32Array(64).fill(1e-3),
      roles: new Uint32Array(PARAMETERS).fill(1),
      stops: new Uint32Array(MEMBERS).fill(RUNNING),
    },
    draw: (floats) => new Float32Array(floats),
  });
  // The gradient read, parameters and moments read and written; the sum of squares reads the gradient only.
  const moved: Readonly<Record<string, number>> = {
    optimizer: 3 + 2 * momentsOf(optimizer).length,
    sum_squares: 1,
  };
  for (const { label, launch } of loaded.launches) {
    const timing = await timeLaunch(gpu, loaded, launch);
    benchLaunch(gpu, roof, loaded, launch, timing, { label, name, bytes: 4 * size * moved[label]! });
  }
}
