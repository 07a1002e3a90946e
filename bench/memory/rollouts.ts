/**
 * Long rollouts: bytes, time of an update and time to the first one against R, for each memory policy, beside trainax
 * where a Python has it. Writes the table and the picture to `bench/results`.
 *
 *     deno task bench:memory [--rollouts 1,10,100,1000] [--python python3] [--patience 360]
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  adam,
  Callback,
  type CallbackContext,
  encodeNpy,
  Gpu,
  GpuError,
  type MemoryPolicy,
  NdArray,
  random,
  steppers,
  SupervisedTrainer,
} from "../../mod.ts";
import { pictureOf } from "./picture.ts";
import { type Row, tableOf } from "./table.ts";

const [BATCH, POINTS] = [20, 128];
const MAX_BYTES = 64 * 2 ** 20;
/** Updates behind the first, whose least time counts; long rollouts do without. */
const LATER = 3;
const LONGEST_REPEATED = 100;
/** Time levels that the policy with checkpoints keeps: about the square root of R. */
const checkpointsOf = (numRolloutSteps: number): number => 2 ** Math.ceil(Math.log2(numRolloutSteps) / 2);

/** Sines that travel, each at a speed of its own. */
function sines(numSnapshots: number): NdArray {
  const values = Array.from({ length: BATCH * numSnapshots * POINTS }, (_, i) => {
    const [sample, time, point] = [
      Math.floor(i / POINTS / numSnapshots),
      Math.floor(i / POINTS) % numSnapshots,
      i % POINTS,
    ];
    return Math.sin(2 * Math.PI * (point / POINTS * (1 + sample % 3) - 0.01 * time * (1 + sample / BATCH)));
  });
  return new NdArray(values, [BATCH, numSnapshots, 1, POINTS]);
}

/** When each update was done. */
class Clock extends Callback<number> {
  protected evaluate(_: CallbackContext): number {
    return performance.now();
  }
}

async function ours(
  numRolloutSteps: number,
  memory: MemoryPolicy,
  data: NdArray,
): Promise<Omit<Row, "what" | "numRolloutSteps">> {
  await using gpu = await Gpu.request({ maxBytes: MAX_BYTES });
  const stepper = steppers.classicResNet({
    spatialDims: 1,
    inChannels: 1,
    outChannels: 1,
    hiddenChannels: 32,
    useNorm: false,
    boundaryMode: "periodic",
    numBlocks: 4,
    key: random.key(0),
  });
  const start = performance.now();
  const updates = numRolloutSteps <= LONGEST_REPEATED ? 1 + LATER : 1;
  const trainer = new SupervisedTrainer(gpu, data, {
    numRolloutSteps,
    optimizer: adam(1e-5),
    numTrainingSteps: updates + 1,
    batchSize: BATCH,
    memory,
  });
  const clock = new Clock({ every: 1 });
  const { total } = trainer.memory(stepper);
  const { lossHistory } = await trainer.train(stepper, { key: random.key(1), callbacks: [clock] });
  const times = clock.history.map(({ value }) => value);
  const later = times.slice(2).map((time, i) => time - times[i + 1]!);
  return {
    bytes: total,
    first: (times[1]! - start) / 1000,
    later: later.length > 0 ? Math.min(...later) / 1000 : null,
    note: `loss ${lossHistory[0]!.toPrecision(5)}`,
  };
}

/** trainax; where it takes longer than `patience` seconds or is not there, a row that says so. */
async function trainax(
  python: string,
  patience: number,
  numRolloutSteps: number,
  data: NdArray,
): Promise<Omit<Row, "what" | "numRolloutSteps">> {
  const none = { bytes: null, first: null, later: null };
  const updates = numRolloutSteps <= LONGEST_REPEATED ? 1 + LATER : 1;
  const script = new URL("rollouts_peer.py", import.meta.url).pathname;
  const signal = AbortSignal.timeout(1000 * patience);
  const child = new Deno.Command(python, {
    args: [script, String(numRolloutSteps), String(updates)],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(encodeNpy(data)).then(() => writer.close()).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  if (signal.aborted) return { ...none, note: `given up after ${patience} s` };
  if (!success) return { ...none, note: new TextDecoder().decode(stderr).trim().split("\n").at(-1)! };
  const { first, later, bytes, loss } = JSON.parse(new TextDecoder().decode(stdout));
  return {
    bytes,
    first,
    later: later.length > 0 ? Math.min(...later) : null,
    note: `loss ${loss.toPrecision(5)}`,
  };
}

const { values } = parseArgs({
  options: {
    rollouts: { type: "string", default: "1,10,100,1000" },
    python: { type: "string", default: "python3" },
    patience: { type: "string", default: "360" },
  },
});
const rows: Row[] = [];
const add = async (
  what: string,
  numRolloutSteps: number,
  measured: Promise<Omit<Row, "what" | "numRolloutSteps">>,
) => {
  const row = {
    what,
    numRolloutSteps,
    ...await measured.catch((error) => ({
      bytes: null,
      first: null,
      later: null,
      note: error instanceof GpuError ? "does not fit" : String(error.message),
    })),
  };
  rows.push(row);
  console.log(JSON.stringify(row));
};
for (const numRolloutSteps of values.rollouts.split(",").map(Number)) {
  const data = sines(numRolloutSteps + 1);
  const checkpoints = checkpointsOf(numRolloutSteps);
  await add("store", numRolloutSteps, ours(numRolloutSteps, "store", data));
  await add("recompute", numRolloutSteps, ours(numRolloutSteps, "recompute", data));
  await add("checkpoints", numRolloutSteps, ours(numRolloutSteps, { checkpoints }, data));
  await add(
    "trainax",
    numRolloutSteps,
    trainax(values.python, Number(values.patience), numRolloutSteps, data),
  );
}
const folder = new URL("../results/", import.meta.url);
await Deno.writeTextFile(new URL("rollouts.json", folder), JSON.stringify(rows, null, 2) + "\n");
await Deno.writeTextFile(new URL("rollouts.md", folder), tableOf(rows, MAX_BYTES));
await Deno.writeTextFile(new URL("rollouts.svg", folder), await pictureOf(rows));
