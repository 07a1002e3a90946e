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

/** Copies one register to another. */
export function copyText(to: string, from: string, count: number): string {
  return each(count, (i) => `${to}[${i}] = ${from}[${i}];`);
}

/** Declares what is on the way between registers and storage. */
function movedText(floats: number): string {
  return `var moved: array<vec4f, ${floats / 4}>;`;
}

/** Statements that read what is on the way to a register, from a place counted in fours on. */
function readText(floats: number, start: string, four: (at: string) => string): string {
  const reads = each(floats / 4, (i) => `moved[${i}] = ${four(`at + ${i}u`)};`);
  return `${movedText(floats)} { let at = ${start}; ${reads} }`;
}

/** Where the current sample of an entry's slot starts. */
function slotText(floats: number): string {
  return `entry.y + row() * ${floats / 4}u`;
}

/** Statements that read stored floats, from a place counted in fours on. */
export function fetchText(floats: number, start: string): string {
  return readText(floats, start, (at) => `samples[${at}]`);
}

/** Statements that read the snapshot of the current window at an entry's time. */
export function snapshotText(floats: number): string {
  return readText(floats, `(window + entry.y) * ${floats / 4}u`, (at) => `snapshotFour(${at})`);
}

/**
 * Statements that store floats in the current sample of an entry's slot.
 *
 * @param floats how many
 * @param departures statements that put them on the way
 * @param operator how they join what is there
 */
export function storeText(floats: number, departures: string, operator = "="): string {
  const writes = each(floats / 4, (i) => `samples[at + ${i}u] ${operator} moved[${i}];`);
  return `{ ${movedText(floats)} ${departures} let at = ${slotText(floats)}; ${writes} }`;
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
    fetch: [fetchText(stride, slotText(stride)), arrivals],
    add: [fetchText(stride, slotText(stride)), arrivals],
    stash: [storeText(stride, departures)],
    accumulate: [storeText(stride, departures, "+=")],
  }[kind];
  const isNext = `kind() >= ${of(moves[0]!)}u && kind() <= ${of(moves.at(-1)!)}u`;
  return [`if (${isNext}) {`, ...body, NEXT, "}"].join("\n");
}
