/**
 * Time of every kernel of every op and loss, beside what the adapter can do at best: how fast it copies and how fast
 * it multiplies and adds, measured in the same run. The first table gives each kernel's share of that roof, and for
 * blocked kernels how many times as fast they are as the plain ones, measured right behind them.
 *
 *     deno task bench bench/ops_bench.ts
 *
 * @module
 */
import { Gpu } from "../src/gpu/gpu.ts";
import { sizeOf } from "../src/ndarray.ts";
import type { RecordedLaunch } from "../src/run/kernels.ts";
import { Loaded } from "../tests/ops/harness.ts";
import { prepare, type Use } from "../tests/ops/use.ts";
import { FIELD, USES } from "./op_uses.ts";
import { roofOf, timingOf } from "./roof.ts";

const BATCH = 20;

/** Bytes that a use must move for a batch, its inputs and its result once each: about what each of its kernels does. */
function bytesOf(use: Use): number {
  const { graph } = prepare(use).unit;
  const inputs = Object.values(use.inputs).map(({ role, shape }) =>
    sizeOf(shape) * (role === "parameter" ? 1 : BATCH)
  );
  return 4 * (inputs.reduce((a, b) => a + b, 0) + BATCH * sizeOf(graph.vars[graph.output]!.shape));
}

const gpu = await Gpu.request();
const roof = await roofOf(gpu);
console.log(
  `${gpu.name}: copies ${roof.copy.toFixed(1)} GB/s, multiplies and adds ${
    roof.multiplyAdd.toFixed(1)
  } GFLOP/s; batch ${BATCH}, fields [${FIELD}]`,
);

const timed = (loaded: Loaded, launch: RecordedLaunch) =>
  timingOf(gpu, (launches) => loaded.submit(Array(launches).fill(launch)));

for (const { use, operations, floats = {} } of USES) {
  const loaded = await Loaded.create(gpu, use, { batch: BATCH });
  const plain = await Loaded.create(gpu, { ...use, isBlocked: false }, { batch: BATCH });
  for (const [i, { label, launch }] of loaded.launches.entries()) {
    const { milliseconds, launches } = await timed(loaded, launch);
    const other = plain.launches[i]!;
    const isBlocked = other.label !== label;
    const times = isBlocked ? (await timed(plain, other.launch)).milliseconds / milliseconds : 1;
    const fn = label.split(".")[1]!;
    const count = operations[fn];
    const bytes = fn in floats ? 4 * BATCH * floats[fn]! : bytesOf(use);
    const [gbs, gflops] = [bytes / milliseconds / 1e6, (count ?? 0) * BATCH / milliseconds / 1e6];
    const share = Math.max(gbs / roof.copy, gflops / roof.multiplyAdd);
    const columns = [
      label.padEnd(24),
      `${(1000 * milliseconds).toFixed(0).padStart(7)} us`,
      `${gbs.toFixed(2).padStart(7)} GB/s`,
      count === undefined ? " ".repeat(15) : `${gflops.toFixed(2).padStart(7)} GFLOP/s`,
      `${(100 * share).toFixed(1).padStart(5)} % of the roof`,
      (isBlocked ? `${times.toFixed(1)}x the plain one` : "").padEnd(20),
      use.name,
    ];
    console.log(columns.join("  "));
    Deno.bench(`${label}, ${use.name}, a submit of ${launches}`, async () => {
      loaded.submit(Array(launches).fill(launch));
      await gpu.settled();
    });
  }
}
