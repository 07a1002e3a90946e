/**
 * The text of the resident kernel: one kernel that walks a table of actions, for every number of steps.
 *
 * @module
 */
import { FRAMES_ACTION, FRAMES_FINITE, FRAMES_RESIDENT, FRAMES_STEP } from "../../shaders/bundle.ts";
import { sitesModule } from "./resident_sites.ts";
import { countNumbers, KindTable, type ResidentText } from "./resident_table.ts";
import { UnitWriter } from "./resident_unit.ts";
import { fourAt, foursDeclaration } from "./texels.ts";

/** The storage buffers of the kernel but the snapshots, with or without an optimizer's stage in it. */
function storageOf(steps: boolean): string[] {
  return [
    "read> windows: array<u32>",
    "read_write> samples: array<vec4f>",
    "read_write> history: array<f32>",
    "read_write> stops: array<atomic<u32>>",
    ...(steps
      ? [
        "read_write> parameters: array<f32>",
        "read_write> moments: array<f32>",
        "read> schedule: array<f32>",
        "read> roles: array<u32>",
      ]
      : ["read> parameters: array<f32>", "read_write> gradient: array<f32>"]),
  ];
}

/** How many storage buffers the kernel binds with an optimizer's stage in it, at most: the snapshots may be one. */
export const STEPPING_BUFFERS: number = storageOf(true).length + 1;

/** The key of the texture that holds the same snapshots as the buffer `data`. */
export const SNAPSHOT_TEXELS = "dataTexels";

/** Sizes of the resident kernel, and what it reads. */
export interface ResidentSizes {
  /** The lanes of a workgroup. */
  readonly lanes: number;
  /** How many entries a page of the table holds. */
  readonly pageEntries: number;
  /** The most updates of one launch. */
  readonly span: number;
  /** The bytes from one update's record to the next. */
  readonly recordStride: number;
  /** Whether snapshots are read from the texture. */
  readonly readsTexels: boolean;
}

/** The memory that every device gives a workgroup. */
const WORKGROUP_BYTES = 16384;

/** How many losses a lane can keep in registers. */
export const MAX_KEPT_LOSSES = 8;

/** The fours of memory that a workgroup shares where its lanes keep in it what they add up, the losses included. */
function sharedFours({ summed }: ResidentText, lanes: number): number {
  return lanes * (countNumbers(summed) + MAX_KEPT_LOSSES) / 4;
}

/** Whether a workgroup has the memory for what its lanes add up. */
export function canKeepSums(text: ResidentText, lanes: number): boolean {
  return 16 * sharedFours(text, lanes) <= WORKGROUP_BYTES;
}

/** The text of the resident kernel. */
export interface ResidentModules {
  /** Its modules, by path; `main` is the root. */
  readonly modules: Record<string, string>;
  /** How often loops inside of ops turn at most where an entry is carried out. */
  readonly opTurns: number;
}

/**
 * The text of the resident kernel.
 *
 * @param text what it can do
 * @param sizes lanes of a workgroup, entries of a page of the table, updates of a launch, bytes between their records,
 *   whether snapshots are read from the texture
 * @param stage the modules of an optimizer's only stage; null where parameters stay
 */
export function residentModules(
  text: ResidentText,
  { lanes, pageEntries, span, recordStride, readsTexels }: ResidentSizes,
  stage: Readonly<Record<string, string>> | null,
): ResidentModules {
  let opTurns = 0;
  const modules: Record<string, string> = stage === null ? {} : { ...stage, step: FRAMES_STEP };
  for (const unit of text.units) {
    const writer = new UnitWriter(unit.name);
    Object.assign(modules, writer.finish({ forward: unit.forward, adjoint: unit.adjoint }));
    opTurns += writer.turns;
  }
  const snapshots = readsTexels ? SNAPSHOT_TEXELS : "data";
  const main = [
    "import package::action::{Update, Span};",
    "import package::resident::run;",
    "override HAS_EXCHANGES: bool;",
    "override HAS_MIDWAY: bool;",
    "override KEEPS_SUMS: bool;",
    `var<workgroup> laneSums: array<vec4f, ${canKeepSums(text, lanes) ? sharedFours(text, lanes) : 1}>;`,
    `struct Page { entries: array<vec4u, ${pageEntries}> }`,
    `struct Slot { @size(${recordStride}) values: Update }`,
    `struct Slots { at: array<Slot, ${span}> }`,
    "@group(0) @binding(0) var<uniform> page: Page;",
    "@group(0) @binding(1) var<uniform> updates: Slots;",
    "@group(0) @binding(2) var<uniform> span: Span;",
    foursDeclaration(snapshots, readsTexels, 3, "read"),
    `fn snapshotFour(i: u32) -> vec4f { return ${fourAt(snapshots, readsTexels, "i")}; }`,
    ...storageOf(stage !== null).map((declaration, i) =>
      `@group(0) @binding(${i + 4}) var<storage, ${declaration};`
    ),
    "var<private> update: Update;",
    "var<private> role: u32;",
    "var<private> member: u32;",
    "var<private> sample: u32;",
    "var<private> window: u32;",
    "var<private> header: vec4u;",
    "var<private> cursor: u32;",
    "var<private> entry: vec4u;",
    `var<private> losses: array<vec4f, ${MAX_KEPT_LOSSES / 4}>;`,
    ...[...text.registers].map(([name, floats]) => `var<private> ${name}: array<f32, ${floats}>;`),
    `@compute @workgroup_size(${lanes})`,
    "fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {",
    // A local, since private variables count as different from lane to lane, and there are barriers behind the return.
    "  let owner = at.x + at.y * grid.x;",
    "  if (owner >= updates.at[0].values.members) { return; }",
    "  member = owner;",
    "  run(id.x);",
    "}",
  ].join("\n");
  Object.assign(modules, {
    sites: sitesModule(text, new KindTable(text), lanes, stage !== null),
    action: FRAMES_ACTION,
    finite: FRAMES_FINITE,
    resident: FRAMES_RESIDENT,
    main,
  });
  return { modules, opTurns };
}
