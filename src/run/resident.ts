/**
 * The resident runner: one dispatch for many updates, in which a lane carries its samples through the program; where the
 * table has several pages, one for each page of each update.
 *
 * @module
 */
import type { Gpu } from "../gpu/gpu.ts";
import { requireTurns } from "../gpu/limits.ts";
import type { PassEncoder } from "../gpu/pass.ts";
import { SPAN } from "../wgsl/record.ts";
import { canKeepSums, MAX_KEPT_LOSSES, residentModules, STEPPING_BUFFERS } from "../wgsl/resident.ts";
import type { RecordedLaunch } from "./kernels.ts";
import { numPages, PAGE_BYTES, PAGE_ENTRIES } from "./resident_pages.ts";
import { RESIDENT_REMEDY } from "./resident_turns.ts";
import { SPAN_UPDATES } from "./resident_layout.ts";
import type { Layout } from "./layout.ts";
import type { Runner, RunnerContext } from "./runner.ts";

/** The one kernel, and the pages that it reads. */
export class Resident implements Runner {
  readonly #alignment: number;
  readonly #launch: RecordedLaunch;
  readonly #numPages: number;
  /** The most updates of a dispatch. */
  readonly #span: number;

  private constructor(alignment: number, launch: RecordedLaunch, numPages: number, span: number) {
    this.#alignment = alignment;
    this.#launch = launch;
    this.#numPages = numPages;
    this.#span = span;
  }

  /** Whether a plan's kernel can step the parameters, too: an optimizer brings buffers of its own. */
  static steps(gpu: Gpu, { options: { runner } }: Layout): boolean {
    return runner === "resident" && STEPPING_BUFFERS <= gpu.maxBuffersPerKernel;
  }

  /** Compiles the kernel of a plan, and uploads its table and constants. */
  static async create({ gpu, layout, kernels, stage, buffer }: RunnerContext): Promise<Resident> {
    const { text, lanes, readsTexels, pages, hasExchanges, hasMidway, turns } = layout.resident!;
    const { alignment } = gpu;
    gpu.write(buffer("page"), pages);
    const spans = new DataView(new ArrayBuffer(SPAN_UPDATES * alignment));
    for (let i = 0; i < SPAN_UPDATES; i++) SPAN.write(spans, i * alignment, { updates: i + 1 });
    gpu.write(buffer("span"), spans);
    let at = 0;
    for (const { constants, values } of layout.units) {
      if (constants.length > 0) gpu.write(buffer("samples"), constants.pack(values), 4 * at);
      at += constants.length;
    }
    const sizes = {
      lanes,
      pageEntries: PAGE_ENTRIES,
      span: SPAN_UPDATES,
      recordStride: alignment,
      readsTexels,
    };
    const { modules: { main, ...modules }, opTurns } = residentModules(text, sizes, stage);
    const updateTurns = turns(opTurns);
    requireTurns("resident", updateTurns, gpu.maxLoopTurns, RESIDENT_REMEDY);
    const keepsSums = numPages(pages) === 1 && layout.model.lossOfTerm.length <= MAX_KEPT_LOSSES &&
      canKeepSums(text, lanes);
    const constants = {
      HAS_EXCHANGES: Number(hasExchanges),
      HAS_MIDWAY: Number(hasMidway),
      KEEPS_SUMS: Number(keepsSums),
    };
    const launch = await kernels.whole("resident", main!, layout.options.members, modules, constants);
    // Where an optimizer has launches of its own, they come between the updates.
    const isWhole = numPages(pages) === 1 && stage !== null;
    const span = isWhole ? Math.min(SPAN_UPDATES, Math.floor(gpu.maxLoopTurns / updateTurns)) : 1;
    return new Resident(alignment, launch, numPages(pages), span);
  }

  encode(pass: PassEncoder, first: number, count: number): void {
    for (let update = first; update < first + count; update += this.#span) {
      const updates = Math.min(this.#span, first + count - update);
      for (let page = 0; page < this.#numPages; page++) {
        pass.launch(this.#launch, [
          page * PAGE_BYTES,
          update * this.#alignment,
          (updates - 1) * this.#alignment,
        ]);
      }
    }
  }
}
