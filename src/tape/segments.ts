/**
 * Segments: parts of a tape between which no cotangent flows. Each is reversed as soon as it has been computed.
 *
 * @module
 */
import { type Flow, sidesOf } from "./flow.ts";
import type { Recording } from "./tape.ts";

/** The values of one segment at one depth, and the losses whose later side stands there. */
export interface Level {
  /** Values in order. */
  readonly values: readonly number[];
  /** Terms in order. */
  readonly terms: readonly number[];
}

/** Values that hang together through cotangents, with what only they and their losses read. */
export interface Segment {
  /** Its levels, by depth; a level reads earlier ones and values outside of the segment. */
  readonly levels: readonly Level[];
}

/** A tape in the order in which it is computed. */
export interface Timeline {
  /** Used values by depth, then by their order on the tape. */
  readonly order: readonly number[];
  /** The segment of each value that has one, and its level there. */
  readonly placeOf: ReadonlyMap<number, { readonly segment: Segment; readonly level: number }>;
  /** Segments by the value after which they can be reversed. */
  readonly endingAt: ReadonlyMap<number, readonly Segment[]>;
  /** Terms that give no cotangent, by the value after which they can be computed. */
  readonly plainTermsAt: ReadonlyMap<number, readonly number[]>;
}

/**
 * Orders a tape in time and parts it into segments.
 *
 * The depth of a value is the number of applications behind it, so that configurations recorded one after another run
 * through time together. A value without a cotangent belongs to the segment that ends first of those that read it.
 *
 * @param recording the tape
 * @param flow its flow of cotangents
 */
export function timelineOf(recording: Recording, flow: Flow): Timeline {
  const { values, losses } = recording;
  const depth = depthsOf(recording);
  const order = flow.used.toSorted((a, b) => depth[a]! - depth[b]! || a - b);
  const place = new Map(order.map((v, i) => [v, i]));
  const later = (a: number, b: number) => place.get(a)! > place.get(b)! ? a : b;
  const sides = losses.map((_, term) => sidesOf(recording, term).map((s) => s.value));

  const groupOfBarred = groupsOf(recording, flow);
  const groupOfTerm = losses.map((_, term) => {
    const side = sides[term]!.find((_, i) => flow.sideFlows(term, i));
    return side === undefined ? undefined : groupOfBarred(side);
  });
  const ends = new Map<number, number>();
  const extend = (group: number, v: number) => ends.set(group, later(v, ends.get(group) ?? v));
  for (const v of order) if (flow.barred.has(v)) extend(groupOfBarred(v), v);
  groupOfTerm.forEach((group, term) => group !== undefined && sides[term]!.forEach((v) => extend(group, v)));

  const firstReader = new Map<number, number>();
  const join = (v: number, group: number | undefined) => {
    const known = firstReader.get(v);
    if (
      group === undefined ||
      (known !== undefined && later(ends.get(group)!, ends.get(known)!) !== ends.get(known))
    ) {
      return;
    }
    firstReader.set(v, group);
  };
  groupOfTerm.forEach((group, term) => sides[term]!.forEach((v) => join(v, group)));
  const own = new Map<number, number[]>([...ends.keys()].map((group) => [group, []]));
  for (const v of order.toReversed()) {
    const value = values[v]!;
    if (value.kind === "snapshot") continue;
    const group = flow.barred.has(v) ? groupOfBarred(v) : firstReader.get(v);
    if (group === undefined) continue;
    own.get(group)!.push(v);
    value.inputs.forEach((input) => join(input.value, group));
  }

  const last = losses.map((_, term) => sides[term]!.reduce(later));
  const termsOfGroup = Map.groupBy(losses.keys(), (term) => groupOfTerm[term]);
  const placeOf = new Map<number, { segment: Segment; level: number }>();
  const endingAt = new Map<number, Segment[]>();
  for (const [group, reversed] of own) {
    const members = reversed.toReversed();
    const terms = termsOfGroup.get(group) ?? [];
    const byDepth = Map.groupBy(members, (v) => depth[v]!);
    const depths = [...byDepth.keys()];
    const termsByDepth = Map.groupBy(
      terms,
      (term) =>
        byDepth.has(depth[last[term]!]!)
          ? depth[last[term]!]!
          : depths.find((d) => d > depth[last[term]!]!) ?? depths.at(-1)!,
    );
    const segment: Segment = {
      levels: depths.map((d) => ({ values: byDepth.get(d)!, terms: termsByDepth.get(d) ?? [] })),
    };
    segment.levels.forEach(({ values }, level) => values.forEach((v) => placeOf.set(v, { segment, level })));
    const end = ends.get(group)!;
    endingAt.set(end, [...endingAt.get(end) ?? [], segment]);
  }
  const plainTermsAt = new Map<number, number[]>();
  groupOfTerm.forEach((group, term) => {
    if (group === undefined) plainTermsAt.set(last[term]!, [...plainTermsAt.get(last[term]!) ?? [], term]);
  });
  return { order, placeOf, endingAt, plainTermsAt };
}

function depthsOf({ values }: Recording): number[] {
  const depth: number[] = [];
  for (const value of values) {
    depth.push(value.kind === "snapshot" ? 0 : 1 + Math.max(...value.inputs.map((s) => depth[s.value]!)));
  }
  return depth;
}

/** The groups of values that hang together through cotangents: for each value the least of its group. */
function groupsOf(recording: Recording, flow: Flow): (v: number) => number {
  const parent = new Map<number, number>();
  const root = (v: number): number => {
    let r = v;
    while (parent.has(r)) r = parent.get(r)!;
    return r;
  };
  const unite = (a: number, b: number) => {
    const [low, high] = [root(a), root(b)].sort((x, y) => x - y) as [number, number];
    if (low !== high) parent.set(high, low);
  };
  recording.values.forEach((value, v) => {
    if (value.kind === "snapshot" || !flow.barred.has(v)) return;
    value.inputs.forEach((input, k) => flow.inputFlows(v, k) && unite(v, input.value));
  });
  recording.losses.forEach((_, term) => {
    const [first, ...others] = sidesOf(recording, term).filter((_, i) => flow.sideFlows(term, i));
    others.forEach((side) => unite(first!.value, side.value));
  });
  return root;
}
