/**
 * Benches of kernels: a row of the table that is printed first, and a `Deno.bench` of as many launches.
 *
 * @module
 */
import type { Gpu } from "../src/gpu/gpu.ts";
import type { RecordedLaunch } from "../src/run/kernels.ts";
import type { LoadedKernels } from "../tests/ops/loaded_kernels.ts";
import { type Roof, type Timing, timingOf } from "./roof.ts";

/** What a row says beside the time. */
export interface KernelRow {
  /** The kernel. */
  readonly label: string;
  /** What it is part of. */
  readonly name: string;
  /** The bytes that it must move. */
  readonly bytes: number;
  /** Its multiplications and additions, where they say something. */
  readonly operations?: number | undefined;
  /** A remark. */
  readonly remark?: string;
}

/** Times a launch. */
export function timeLaunch(gpu: Gpu, loaded: LoadedKernels, launch: RecordedLaunch): Promise<Timing> {
  return timingOf(gpu, (launches) => loaded.submit(Array(launches).fill(launch)));
}

/** Prints the row of a launch that has been timed, and registers its bench. */
export function benchLaunch(
  gpu: Gpu,
  roof: Roof,
  loaded: LoadedKernels,
  launch: RecordedLaunch,
  { milliseconds, launches }: Timing,
  { label, name, bytes, operations, remark = "" }: KernelRow,
): void {
  const [gbs, gflops] = [bytes / milliseconds / 1e6, (operations ?? 0) / milliseconds / 1e6];
  const share = Math.max(gbs / roof.copy, gflops / roof.multiplyAdd);
  const columns = [
    label.padEnd(24),
    `${(1000 * milliseconds).toFixed(0).padStart(7)} us`,
    `${gbs.toFixed(2).padStart(7)} GB/s`,
    operations === undefined ? " ".repeat(15) : `${gflops.toFixed(2).padStart(7)} GFLOP/s`,
    `${(100 * share).toFixed(1).padStart(5)} % of the roof`,
    remark.padEnd(20),
    name,
  ];
  console.log(columns.join("  "));
  Deno.bench(`${label}, ${name}, a submit of ${launches}`, async () => {
    loaded.submit(Array(launches).fill(launch));
    await gpu.settled();
  });
}
