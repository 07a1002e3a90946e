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
import { Loaded } from "../tests/ops/harness.ts";
import { prepare, type Use } from "../tests/ops/use.ts";
import { benchLaunch, timeLaunch } from "./kernel_bench.ts";
import { FIELD, USES } from "./op_uses.ts";
import { roofOf } from "./roof.ts";

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

for (const { use, operations, floats = {} } of USES) {
  const loaded = await Loaded.create(gpu, use, { batch: BATCH });
  const plain = await Loaded.create(gpu, { ...use, isBlocked: false }, { batch: BATCH });
  for (const [i, { label, launch }] of loaded.launches.entries()) {
    const timing = await timeLaunch(gpu, loaded, launch);
    const other = plain.launches[i]!;
    const isBlocked = other.label !== label;
    const times = isBlocked
      ? (await timeLaunch(gpu, plain, other.launch)).milliseconds / timing.milliseconds
      : 1;
    const fn = label.split(".")[1]!;
    const count = operations[fn];
    benchLaunch(gpu, roof, loaded, launch, timing, {
      label,
      name: use.name,
      bytes: fn in floats ? 4 * BATCH * floats[fn]! : bytesOf(use),
      operations: count === undefined ? undefined : BATCH * count,
      remark: isBlocked ? `${times.toFixed(1)}x the plain one` : "",
    });
  }
}
