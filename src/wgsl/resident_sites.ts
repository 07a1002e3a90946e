/**
 * The sites of the resident kernel: what an entry of its table may say, as branches.
 *
 * @module
 */
import {
  arrive,
  copyText,
  depart,
  each,
  fetchText,
  movesText,
  NEXT,
  snapshotText,
  storeText,
} from "./resident_moves.ts";
import {
  countNumbers,
  EntryBit,
  KIND,
  type KindTable,
  type ResidentText,
  type ResidentUnit,
  type TrainedLeaf,
} from "./resident_table.ts";

/** Sends the new cotangents of a reversal on: the one that an entry picks becomes, or joins, the current one. */
function routesText({ bars }: ResidentUnit): string {
  return bars.map(({ input, stride }) => {
    const moved = Array.from(
      { length: stride },
      (_, i) =>
        `outputBar[${i}] = select(inputBar${input}[${i}], outputBar[${i}] + inputBar${input}[${i}], adds);`,
    );
    return [
      `if ((entry.x & ${EntryBit.taken(input)}u) != 0u) {`,
      `let adds = (entry.x & ${EntryBit.adds(input)}u) != 0u;`,
      ...moved,
      "}",
    ].join("\n");
  }).join("\n");
}

/** Applies a function to the current state. */
function applyText({ name, stride }: ResidentUnit): string {
  return `${name}forward(); ${copyText("state0", "output", stride)}`;
}

/** The same as often as an entry says, at least once. */
function repeatText(unit: ResidentUnit): string {
  return `loop { ${applyText(unit)} entry.z--; continuing { break if entry.z == 0u; } }`;
}

function forwardText(unit: ResidentUnit, replays: boolean): string {
  if (replays) {
    const set = copyText("midway", "state0", unit.stride);
    return [
      `if (HAS_MIDWAY) { ${restoreText(unit)} }`,
      repeatText(unit),
      `if (HAS_MIDWAY && (entry.x & ${EntryBit.setsMidway}u) != 0u) { ${set} }`,
    ].join("\n");
  }
  const store = storeText(unit.stride, depart("output", unit.stride));
  return `${applyText(unit)}\nif ((entry.x & ${EntryBit.stores}u) != 0u) ${store}`;
}

/** Goes back to one of the two states from which others are made again. */
function restoreText({ stride }: ResidentUnit): string {
  const isMidway = `HAS_MIDWAY && (entry.x & ${EntryBit.restoresMidway}u) != 0u`;
  return [
    `if ((entry.x & ${EntryBit.restores | EntryBit.restoresMidway}u) != 0u) {`,
    each(stride, (i) => `state0[${i}] = select(kept[${i}], midway[${i}], ${isMidway});`),
    "}",
  ].join("\n");
}

/** Makes the state again that an adjoint reads. */
function replayText(unit: ResidentUnit): string {
  return `${restoreText(unit)}\nif (entry.z > 0u) { ${repeatText(unit)} }`;
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
    `${name}adjoint();`,
    routesText(unit),
  ].join("\n");
}

/** An expression of where a number of tensors lies among the parameters. */
function offsetText(leaves: readonly TrainedLeaf[]): string {
  return leaves.reduce(
    (below, { start, offset }) => `select(${below}, number + ${offset - start}u, number >= ${start}u)`,
    "number",
  );
}

/**
 * The module of what an entry may say, a site for each kind in each loop that meets it, and of what is done before and
 * behind the table.
 *
 * @param text what the kernel can do
 * @param kinds the numbers of the kinds
 * @param lanes of a workgroup
 * @param steps whether an optimizer's stage is linked
 */
export function sitesModule(text: ResidentText, kinds: KindTable, lanes: number, steps: boolean): string {
  const { units, leaves, summed, unreached } = text;
  const replays = text.replaySpan !== null;
  const site = (label: string, body: string) => `if (kind() == ${kinds.of(label)}u) {\n${body}\n${NEXT}\n}`;
  const functions = units.filter(({ loss }) => loss === null);
  const losses = units.filter(({ loss }) => loss !== null);
  const forwards = functions.map((unit) => site(`forward ${unit.name}`, forwardText(unit, replays)));
  const reads = leaves.map(({ register, isParameter, offset, size, floats }) =>
    isParameter
      ? each(size, (i) => `${register}[${i}] = parameters[member * update.parameters + ${offset + i}u];`)
      : `{ ${fetchText(floats, `${offset / 4}u`)} ${arrive(register, floats)} }`
  );
  const names = ["snapshotFour", "samples", "parameters", ...text.registers.keys()];
  const fn = (head: string, lines: readonly string[]) => `fn ${head} {\n${lines.join("\n")}\n}`;
  return [
    `import package::main::{HAS_MIDWAY, update, window, cursor, entry, member, ${names.join(", ")}};`,
    steps ? "import package::step::step;" : "import package::main::gradient;",
    "import package::resident::{kind, goTo, row, keepLoss, putPartials};",
    ...units.map(({ name }) =>
      `import package::${name}::{forward as ${name}forward, adjoint as ${name}adjoint};`
    ),
    `const LANES = ${lanes}u;`,
    `const KIND = ${KIND}u;`,
    `const FIRST_FORWARD = ${kinds.firstForward}u;`,
    `const FIRST_REVERSAL = ${kinds.firstReversal}u;`,
    `const FIRST_LOAD = ${kinds.firstLoad}u;`,
    fn("exchanges()", [
      ...kinds.exchanges.map((group) => movesText(group, kinds, replays)),
      ...(replays ? forwards : []),
    ]),
    fn("loads()", kinds.loads.map((group) => movesText(group, kinds, replays))),
    fn("forwards()", forwards),
    fn("reversals()", [
      ...losses.map((unit) => site(`loss ${unit.name}`, lossText(unit))),
      ...kinds.fetches.map((group) => movesText(group, kinds, replays)),
      ...functions.toReversed().filter(({ adjoint }) => adjoint.length > 0).map((unit) =>
        site(
          `adjoint ${unit.name}`,
          `${replays ? replayText(unit) : ""}\n${unit.name}adjoint();\n${routesText(unit)}`,
        )
      ),
    ]),
    fn("readLeaves()", reads),
    fn(
      "clearCotangents()",
      summed.map(({ bar, floats }) => each(floats, (i) => `${bar}[${i}] = 0.0;`)),
    ),
    fn(
      "storeCotangents(lane: u32)",
      summed.flatMap(({ bar, start, floats }) =>
        Array.from({ length: floats / 4 }, (_, four) => {
          const numbers = Array.from({ length: 4 }, (_, i) => `${bar}[${4 * four + i}]`);
          return `putPartials(lane, ${start / 4 + four}u, vec4f(${numbers.join(", ")}));`;
        })
      ),
    ),
    `const SUMMED = ${countNumbers(summed)}u;`,
    fn(
      "finish(number: u32, g: f32)",
      summed.length === 0 ? [] : [
        `let i = ${offsetText(summed)};`,
        steps ? "step(i, g);" : "gradient[member * update.parameters + i] = g;",
      ],
    ),
    fn(
      "finishUnreached(lane: u32)",
      steps && unreached.length > 0
        ? [
          `for (var number = lane; number < ${countNumbers(unreached)}u; number += LANES) {`,
          `step(${offsetText(unreached)}, 0.0);`,
          "}",
        ]
        : [],
    ),
  ].join("\n");
}
