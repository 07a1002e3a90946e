/**
 * The resident runner: one dispatch for each page of the table, in which a lane carries its samples through the program.
 *
 * @module
 */
import type { PassEncoder } from "../gpu/pass.ts";
import { residentModules } from "../wgsl/resident.ts";
import type { RecordedLaunch } from "./kernels.ts";
import { numPages, PAGE_BYTES, PAGE_ENTRIES } from "./resident_entries.ts";
import type { Runner, RunnerContext } from "./runner.ts";

/** The one kernel, and the pages that it reads. */
export class Resident implements Runner {
  readonly #alignment: number;
  readonly #launch: RecordedLaunch;
  readonly #numPages: number;

  private constructor(alignment: number, launch: RecordedLaunch, numPages: number) {
    this.#alignment = alignment;
    this.#launch = launch;
    this.#numPages = numPages;
  }

  /** Compiles the kernel of a plan, and uploads its table and constants. */
  static async create({ gpu, layout, kernels, buffer }: RunnerContext): Promise<Resident> {
    const { text, lanes, pages } = layout.resident!;
    gpu.write(buffer("page"), pages);
    let at = 0;
    for (const { constants, values } of layout.units) {
      if (constants.length > 0) gpu.write(buffer("samples"), constants.pack(values), 4 * at);
      at += constants.length;
    }
    const { main, ...modules } = residentModules(text, lanes, PAGE_ENTRIES);
    const launch = await kernels.whole("resident", main!, layout.options.members, modules);
    return new Resident(gpu.alignment, launch, numPages(pages));
  }

  encode(pass: PassEncoder, update: number): void {
    for (let page = 0; page < this.#numPages; page++) {
      pass.launch(this.#launch, [page * PAGE_BYTES, update * this.#alignment]);
    }
  }
}
