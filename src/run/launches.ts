/**
 * The launches runner: for each action of the program, a dispatch for each op.
 *
 * @module
 */
import { FRAMES_SUM_LOSSES, FRAMES_SUM_PARTIALS } from "../../shaders/bundle.ts";
import type { Call } from "../graph/graph.ts";
import { type PassEncoder, type TexelCopy, texelCopy } from "../gpu/pass.ts";
import { WORKGROUP_SIZE } from "../wgsl/kernel.ts";
import { ACTION } from "../wgsl/record.ts";
import { launchWith, type RecordedLaunch } from "./kernels.ts";
import { mirroredFrom, shareCopies } from "./mirrors.ts";
import { hasGradient } from "./model.ts";
import { constantsKey } from "./resources.ts";
import type { Runner, RunnerContext } from "./runner.ts";

/** A launch, and which of the action records it reads. */
interface ListedLaunch {
  readonly launch: RecordedLaunch;
  readonly action: number;
}

/** The launches of one update, and the copies between them, the same for all. */
export class Launches implements Runner {
  readonly #alignment: number;
  readonly #launches: readonly (ListedLaunch | TexelCopy)[];

  private constructor(alignment: number, launches: readonly (ListedLaunch | TexelCopy)[]) {
    this.#alignment = alignment;
    this.#launches = launches;
  }

  /** Compiles the units of a plan, uploads its records and lists its launches. */
  static async create(context: RunnerContext): Promise<Launches> {
    const { gpu, layout, kernels } = context;
    const { model, units, layouts, mirrors } = layout;
    for (const [i, { name, unit, constants, values }] of units.entries()) {
      if (constants.length > 0) gpu.write(context.buffer(constantsKey(name)), constants.pack(values));
      await kernels.addUnit(name, unit, layouts[i]!, mirrors[i]);
    }
    const isMean = model.lossOfTerm.map((l) => model.losses[l]!.batchReduction === "mean" ? 1 : 0);
    gpu.write(context.buffer("isMean"), Uint32Array.from(isMean));
    const records = new DataView(new ArrayBuffer(layout.records.length * gpu.alignment));
    layout.records.forEach((record, i) => ACTION.write(records, i * gpu.alignment, record));
    gpu.write(context.buffer("action"), records);
    return new Launches(gpu.alignment, await launchesOf(context));
  }

  encode(pass: PassEncoder, first: number, count: number): void {
    for (let update = first; update < first + count; update++) {
      for (const step of this.#launches) {
        if ("launch" in step) {
          const { launch, action } = step;
          launchWith(pass, launch, { action: action * this.#alignment, update: update * this.#alignment });
        } else {
          pass.copyTexels(step);
        }
      }
    }
  }
}

/** Packs what does not change, and lists the launches that pack parameters. */
async function packsOf({ gpu, layout, kernels }: RunnerContext): Promise<ListedLaunch[]> {
  const launches: ListedLaunch[] = [];
  for (const source of layout.packs) {
    const launch = await kernels.pack(source);
    if (source.key === "parameters") launches.push({ launch, action: 0 });
    else gpu.submit(`pack ${source.key}`, (pass) => launchWith(pass, launch, { action: 0, update: 0 }));
  }
  return launches;
}

/** What the first of some calls, and those that share its copies, read from mirrors, copied from where an action has it. */
function copiesBefore(
  { layout, kernels, buffer, texels }: RunnerContext,
  calls: readonly Call[],
  record: number,
): TexelCopy[] {
  const follow = calls.filter((call) => shareCopies(call, calls[0]!));
  const mirrored = follow.flatMap((call) => kernels.launchOf(call)?.mirrored ?? []);
  return [...new Map(mirrored.map((copy) => [copy.mirror, copy])).values()].map((copy) =>
    texelCopy(
      buffer(copy.source),
      mirroredFrom(copy, layout.records[record]!),
      texels(copy.mirror),
      copy.floats / 4,
    )
  );
}

async function launchesOf(context: RunnerContext): Promise<(ListedLaunch | TexelCopy)[]> {
  const { layout, kernels } = context;
  const { model, actions, parameters, options: { trajectories, members } } = layout;
  const launches: (ListedLaunch | TexelCopy)[] = await packsOf(context);
  const load = actions.some(({ calls: { unit } }) => unit === null)
    ? await kernels.load(trajectories.snapshotShape)
    : null;
  for (const { calls: { unit, calls }, record } of actions) {
    if (unit === null) launches.push({ launch: load!, action: record });
    for (const [i, call] of calls.entries()) {
      const launch = kernels.launchOf(call);
      const isFirst = i === 0 || !shareCopies(call, calls[i - 1]!);
      if (isFirst) launches.push(...copiesBefore(context, calls.slice(i), record));
      if (launch) launches.push({ launch, action: record });
    }
  }
  const terms = model.lossOfTerm.length;
  if (terms > 0) {
    const sumLosses = await kernels.whole("sum_losses", FRAMES_SUM_LOSSES, terms * members);
    launches.push({ launch: sumLosses, action: 0 });
  }
  if (hasGradient(model)) {
    const workgroups = Math.ceil(parameters.length * members / WORKGROUP_SIZE);
    const sumPartials = await kernels.whole("sum_partials", FRAMES_SUM_PARTIALS, workgroups);
    launches.push({ launch: sumPartials, action: 0 });
  }
  return launches;
}
