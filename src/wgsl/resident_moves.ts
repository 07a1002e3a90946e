/**
 * Moves between the registers and the storage of the resident kernel, as statements.
 *
 * @module
 */
import { KindTable, type Move } from "./resident_table.ts";

/** Goes on to the next entry. */
export const NEXT = "goTo(cursor + 1u);";

const COMPONENTS = ["x", "y", "z", "w"];

/** An element of what is on the way between registers and storage. */
function movedAt(i: number): string {
  return `moved[${i >> 2}].${COMPONENTS[i % 4]}`;
}

/** A statement for each of a number of elements. Loops over private memory that drivers find are dear to compile. */
export function each(count: number, statement: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => statement(i)).join(" ");
}

/** Statements that set a register from what was fetched. */
export function arrive(register: string, count: number, operator = "="): string {
  return each(count, (i) => `${register}[${i}] ${operator} ${movedAt(i)};`);
}

/** Statements that make a register ready to be stored. */
export function depart(register: string, count: number): string {
  return each(count, (i) => `${movedAt(i)} = ${register}[${i}];`);
}

/** Declares what is on the way between registers and storage. */
export function movedText(floats: number): string {
  return `var moved: array<vec4f, ${floats / 4}>;`;
}

/** Statements that fetch the current sample of an entry's slot. */
function fetchText(stride: number): string {
  const quads = stride / 4;
  return `${movedText(stride)} { let at = entry.y + row() * ${quads}u; ${
    each(quads, (i) => `moved[${i}] = samples[at + ${i}u];`)
  } }`;
}

/** Statements that fetch the snapshot of the current window at an entry's time. */
export function snapshotText(stride: number): string {
  const quads = stride / 4;
  const reads = each(quads, (i) => `moved[${i}] = snapshotFour(at + ${i}u);`);
  return `${movedText(stride)} { let at = (window + entry.y) * ${quads}u; ${reads} }`;
}

/** Statements that store into the current sample of an entry's slot. */
export function storeText(stride: number, operator = "="): string {
  const quads = stride / 4;
  const writes = each(quads, (i) => `samples[at + ${i}u] ${operator} moved[${i}];`);
  return `{ let at = entry.y + row() * ${quads}u; ${writes} }`;
}

/**
 * The moves that share one access to storage.
 *
 * @param moves the moves
 * @param kinds the numbers of the kinds
 * @param replays whether states are made again, so that what arrives as the current one is kept
 */
export function movesText(moves: readonly Move[], kinds: KindTable, replays: boolean): string {
  const { kind, stride } = moves[0]!;
  const of = (move: Move) => kinds.of(KindTable.labelOf(move));
  const branches = (text: (move: Move) => string) =>
    moves.map((move) => `if (kind() == ${of(move)}u) { ${text(move)} }`).join("\n");
  const departures = branches(({ register }) => depart(register, stride));
  const arrivals = branches((move) =>
    arrive(move.register, stride, move.kind === "add" ? "+=" : "=") +
    (replays && move.register === "state0" ? arrive("kept", stride) : "")
  );
  const body = {
    load: [snapshotText(stride), arrivals],
    fetch: [fetchText(stride), arrivals],
    add: [fetchText(stride), arrivals],
    stash: [movedText(stride), departures, storeText(stride)],
    accumulate: [movedText(stride), departures, storeText(stride, "+=")],
  }[kind];
  const isNext = `kind() >= ${of(moves[0]!)}u && kind() <= ${of(moves.at(-1)!)}u`;
  return [`if (${isNext}) {`, ...body, NEXT, "}"].join("\n");
}
