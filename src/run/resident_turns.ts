/**
 * How often the loops of the resident kernel turn: a software adapter leaves all loops of a lane once they have turned a
 * number of times together.
 *
 * @module
 */
import { countNumbers, KIND, type KindTable, type ResidentText } from "../wgsl/resident_table.ts";
import { loopTurns } from "../wgsl/turns.ts";
import type { Entry } from "./resident_entries.ts";

/** More than there are loops in the frame. */
const IDLE_TURNS = 32;
/** What spares turns of the resident kernel. */
export const RESIDENT_REMEDY = 'a smaller batch, or runner: "launches"';

/**
 * How often loops turn at most while a page is walked for one sample, as `walk` in `frames/resident.wgsl` does it. A loop
 * inside of a branch that is not taken turns once.
 *
 * @param entries those of the page
 * @param kinds the numbers of the kinds
 * @param hasExchanges whether the loop of exchanges is in the kernel
 * @param opTurns the turns of loops inside of ops
 */
export function turnsOfWalk(
  entries: readonly Entry[],
  kinds: KindTable,
  hasExchanges: boolean,
  opTurns: number,
): number {
  const { firstLoad, firstForward, firstReversal } = kinds;
  let turns = 0;
  let at = 0;
  const kind = () => at < entries.length ? entries[at]![0]! & KIND : 0;
  const isIn = (first: number, end: number) => kind() >= first && kind() < end;
  const takeOf = (first: number, end: number) => {
    if (isIn(first, end)) turns += kinds.repeatsOf(entries[at++]!) * (1 + opTurns);
  };
  const takeAll = (first: number, end: number) => {
    do {
      turns += 1 + kinds.loopsOfPass + opTurns;
      takeOf(first, end);
    } while (isIn(first, end));
  };
  do {
    turns++;
    if (hasExchanges) takeAll(1, firstLoad);
    do {
      turns++;
      takeOf(firstLoad, firstForward);
      takeAll(firstForward, firstReversal);
      takeAll(firstReversal, Infinity);
    } while (isIn(firstLoad, firstReversal));
  } while (kind() !== 0);
  return turns;
}

/**
 * How often loops turn at most behind the last page, where lanes add up and step parameters, and where each of all loops
 * finds nothing more to do.
 *
 * @param text what the kernel can do
 * @param terms the losses of the program
 * @param lanes of a workgroup
 * @param numPages of the table
 */
export function turnsBehind(text: ResidentText, terms: number, lanes: number, numPages: number): number {
  const ofSum = loopTurns(numPages, loopTurns(lanes));
  const sums = loopTurns((countNumbers(text.summed) + terms) / lanes, ofSum);
  return sums + loopTurns(countNumbers(text.unreached) / lanes) + IDLE_TURNS;
}
