/**
 * What an adapter can do at best, and how launches are timed.
 *
 * @module
 */
import type { Gpu } from "../src/gpu/gpu.ts";
import { bindingsOf } from "../src/wgsl/kernel.ts";
import { link } from "../src/wgsl/link.ts";

/** How much longer than one launch a submit of many should take: far more than what the wait for it varies. */
const SUBMIT_MS = 40;
const MOST_LAUNCHES = 4096;
const NUM_SAMPLES = 5;

/** What a launch takes, and how many make a submit that is long against the wait for it. */
export interface Timing {
  readonly milliseconds: number;
  readonly launches: number;
}

/** Times submits of many launches and of one; the wait for a submit, 10 ms on some systems, is in neither. */
export async function timingOf(gpu: Gpu, submit: (launches: number) => void): Promise<Timing> {
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
  const text = await link(label, { main });
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

/** The roof of an adapter. */
export interface Roof {
  /** GB/s of a copy. */
  readonly copy: number;
  /** GFLOP/s of multiply-adds. */
  readonly multiplyAdd: number;
}

/** Measures the roof of an adapter. */
export async function roofOf(gpu: Gpu): Promise<Roof> {
  return { copy: await copyRoof(gpu), multiplyAdd: await multiplyAddRoof(gpu) };
}
