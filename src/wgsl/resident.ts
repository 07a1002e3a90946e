/**
 * The text of the resident kernel: one kernel that walks a table of actions, for every number of steps.
 *
 * @module
 */
import { FRAMES_ACTION, FRAMES_FINITE, FRAMES_RESIDENT, FRAMES_STEP } from "../../shaders/bundle.ts";
import {
  KindTable,
  type Move,
  movedFloats,
  type ResidentText,
  type ResidentUnit,
  RouteBit,
} from "./resident_table.ts";
import { UnitWriter } from "./resident_unit.ts";
import { fourAt, foursDeclaration } from "./texels.ts";

const COMPONENTS = ["x", "y", "z", "w"];

/** An element of what is on the way between registers and storage. */
function movedAt(i: number): string {
  return `moved[${i >> 2}].${COMPONENTS[i % 4]}`;
}

/** A statement for each of a number of elements. Loops over private memory that drivers find are dear to compile. */
function each(count: number, statement: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => statement(i)).join(" ");
}

/** Statements that set a register from what was fetched. */
function arrive(register: string, count: number, operator = "="): string {
  return each(count, (i) => `${register}[${i}] ${operator} ${movedAt(i)};`);
}

/** Statements that make a register ready to be stored. */
function depart(register: string, count: number): string {
  return each(count, (i) => `${movedAt(i)} = ${register}[${i}];`);
}

/** Statements that fetch the current sample of an entry's slot. */
function fetchText(stride: number): string {
  const quads = stride / 4;
  return `{ let at = entry.y + row() * ${quads}u; ${
    each(quads, (i) => `moved[${i}] = samples[at + ${i}u];`)
  } }`;
}

/** Statements that fetch the snapshot of the current window at an entry's time. */
function snapshotText(stride: number): string {
  const quads = stride / 4;
  const reads = each(quads, (i) => `moved[${i}] = snapshotFour(at + ${i}u);`);
  return `{ let at = (window + entry.y) * ${quads}u; ${reads} }`;
}

/** Statements that store into the current sample of an entry's slot. */
function storeText(stride: number, operator = "="): string {
  const quads = stride / 4;
  const writes = each(quads, (i) => `samples[at + ${i}u] ${operator} moved[${i}];`);
  return `{ let at = entry.y + row() * ${quads}u; ${writes} }`;
}

/** The moves that share one access to storage. */
function movesText(moves: readonly Move[], kinds: KindTable): string {
  const { kind, stride } = moves[0]!;
  const of = (move: Move) => kinds.of(KindTable.labelOf(move));
  const branches = (text: (move: Move) => string) =>
    moves.map((move) => `if ((entry.x & KIND) == ${of(move)}u) { ${text(move)} }`).join("\n");
  const departures = branches(({ register }) => depart(register, stride));
  const arrivals = branches((move) => arrive(move.register, stride, move.kind === "add" ? "+=" : "="));
  const body = {
    load: [snapshotText(stride), arrivals],
    fetch: [fetchText(stride), arrivals],
    add: [fetchText(stride), arrivals],
    stash: [departures, storeText(stride)],
    accumulate: [departures, storeText(stride, "+=")],
  }[kind];
  return [`if (isBetween(${of(moves[0]!)}u, ${of(moves.at(-1)!)}u)) {`, ...body, "cursor++;", "}"].join("\n");
}

/** Sends the new cotangents of a reversal on: the one that an entry picks becomes, or joins, the current one. */
function routesText({ bars }: ResidentUnit): string {
  return bars.map(({ input, stride }) => {
    const moved = Array.from(
      { length: stride },
      (_, i) =>
        `outputBar[${i}] = select(inputBar${input}[${i}], outputBar[${i}] + inputBar${input}[${i}], adds);`,
    );
    return [
      `if ((entry.x & ${RouteBit.taken(input)}u) != 0u) {`,
      `let adds = (entry.x & ${RouteBit.adds(input)}u) != 0u;`,
      ...moved,
      "}",
    ].join("\n");
  }).join("\n");
}

function forwardText({ name, stride }: ResidentUnit): string {
  return [
    `${name}forward();`,
    each(stride, (i) => `state0[${i}] = output[${i}];`),
    `if ((entry.x & ${RouteBit.stores}u) != 0u) {`,
    depart("output", stride),
    storeText(stride),
    "}",
  ].join("\n");
}

function lossText(unit: ResidentUnit): string {
  const { name, loss } = unit;
  const { isMean, targetStride } = loss!;
  const share = isMean ? " / f32(update.live)" : "";
  return [
    targetStride === null ? "" : snapshotText(targetStride) + arrive("state1", targetStride),
    `seed[0] = bitcast<f32>(entry.w)${share};`,
    `${name}forward();`,
    `keepLoss(entry.z, output[0]${share});`,
    ...(unit.bars.length > 0 ? [`${name}adjoint();`, routesText(unit)] : []),
  ].join("\n");
}

/** The module of what an entry may say, one site for each kind. */
function sitesModule(text: ResidentText, kinds: KindTable, lanes: number, steps: boolean): string {
  const { units, leaves, unreached } = text;
  const site = (label: string, body: string) => `if (isNext(${kinds.of(label)}u)) {\n${body}\ncursor++;\n}`;
  const functions = units.filter(({ loss }) => loss === null);
  const losses = units.filter(({ loss }) => loss !== null);
  const trained = leaves.filter(({ bar }) => bar !== null);
  const reads = leaves.map(({ register, isParameter, offset, size, floats }) =>
    isParameter
      ? each(size, (i) => `${register}[${i}] = parameters[member * update.parameters + ${offset + i}u];`)
      : each(floats / 4, (i) => `moved[${i}] = samples[${offset / 4 + i}u];`) + arrive(register, floats)
  );
  const names = [...text.registers.keys()];
  const buffers = [
    ...["snapshotFour", "samples", "parameters"],
    ...(trained.length > 0 ? ["gradient"] : []),
  ];
  const fn = (head: string, lines: readonly string[]) => `fn ${head} {\n${lines.join("\n")}\n}`;
  const shared = ({ offset, size }: { offset: number; size: number }, statements: string) =>
    `for (var i = ${offset}u + lane; i < ${offset + size}u; i += LANES) { ${statements} }`;
  return [
    `import package::main::{page, update, window, cursor, entry, member, moved, ${
      [...names, ...buffers].join(", ")
    }};`,
    "import package::resident::{KIND, isNext, isBetween, row, keepLoss, partialsAt, addPartials};",
    ...(steps ? ["import package::step::step;"] : []),
    ...units.map(({ name }) =>
      `import package::${name}::{forward as ${name}forward, adjoint as ${name}adjoint};`
    ),
    `const LANES = ${lanes}u;`,
    `const FIRST_FORWARD = ${kinds.firstForward}u;`,
    `const FIRST_REVERSAL = ${kinds.firstReversal}u;`,
    fn("moves()", kinds.outerMoves.map((group) => movesText(group, kinds))),
    fn("forwards()", functions.map((unit) => site(`forward ${unit.name}`, forwardText(unit)))),
    fn("reversals()", [
      ...losses.map((unit) => site(`loss ${unit.name}`, lossText(unit))),
      ...kinds.fetches.map((group) => movesText(group, kinds)),
      ...functions.toReversed().filter(({ adjoint }) => adjoint.length > 0).map((unit) =>
        site(`adjoint ${unit.name}`, `${unit.name}adjoint();\n${routesText(unit)}`)
      ),
    ]),
    fn("readLeaves()", reads),
    fn("clearCotangents()", trained.map(({ bar, floats }) => each(floats, (i) => `${bar}[${i}] = 0.0;`))),
    fn(
      "storeCotangents(lane: u32)",
      trained.map(({ bar, offset, floats }) =>
        depart(bar!, floats) +
        `{ let at = partialsAt(page.entries[0].x, lane) + ${offset / 4}u; ${
          each(floats / 4, (i) => `samples[at + ${i}u] = moved[${i}];`)
        } }`
      ),
    ),
    fn("addLeaves(lane: u32)", [
      ...trained.map((leaf) =>
        shared(
          leaf,
          `let g = addPartials(i); gradient[member * update.parameters + i] = g;${
            steps ? " step(i, g);" : ""
          }`,
        )
      ),
      ...(steps ? unreached : []).map((leaf) => shared(leaf, "step(i, 0.0);")),
    ]),
  ].join("\n");
}

/** The storage buffers of the kernel but the snapshots, with or without an optimizer's stage in it. */
function storageOf(steps: boolean): string[] {
  return [
    "read> windows: array<u32>",
    "read_write> samples: array<vec4f>",
    "read_write> losses: array<f32>",
    "read_write> history: array<f32>",
    "read_write> stops: array<atomic<u32>>",
    `${steps ? "read_write" : "read"}> parameters: array<f32>`,
    "read_write> gradient: array<f32>",
    ...(steps
      ? ["read_write> moments: array<f32>", "read> schedule: array<f32>", "read> roles: array<u32>"]
      : []),
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

/**
 * The modules of the resident kernel, by path; `main` is the root.
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
): Record<string, string> {
  const modules: Record<string, string> = stage === null ? {} : { ...stage, step: FRAMES_STEP };
  for (const unit of text.units) {
    Object.assign(
      modules,
      new UnitWriter(unit.name).finish({ forward: unit.forward, adjoint: unit.adjoint }),
    );
  }
  const snapshots = readsTexels ? SNAPSHOT_TEXELS : "data";
  const main = [
    "import package::action::{Update, Span};",
    "import package::resident::run;",
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
    "var<private> cursor: u32;",
    "var<private> entry: vec4u;",
    `var<private> moved: array<vec4f, ${movedFloats(text) / 4}>;`,
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
  return {
    ...modules,
    sites: sitesModule(text, new KindTable(text), lanes, stage !== null),
    action: FRAMES_ACTION,
    finite: FRAMES_FINITE,
    resident: FRAMES_RESIDENT,
    main,
  };
}
