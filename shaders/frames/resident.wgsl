// The resident frame: a workgroup for each member, a lane for every so many of its samples. A lane walks the table of
// actions for each of its samples, the current state and its cotangent in private memory, and adds up the cotangents of
// the parameters. Behind the last page of the table the workgroup adds up losses and gradient, each in one order, and
// steps the parameters where an optimizer is linked. Then it goes on with the next update of the launch.
//
// An adapter that executes both sides of a branch under a mask pays for every body that a loop contains. So forwards and
// reversals have loops of their own, and these test at their ends: a turn passes over what is not next.
import package::finite::isFinite;
import package::main::{
  page, updates, span, update, windows, samples, losses, history, stops, member, sample, window, cursor, entry,
};
import package::sites::{
  LANES, FIRST_FORWARD, FIRST_REVERSAL, moves, forwards, reversals, readLeaves, clearCotangents,
  storeCotangents, addLeaves,
};

const KIND = 0xffu; // the bits of an entry's first word that say what it does; 0 ends the page

fn kind() -> u32 { return page.entries[cursor].x & KIND; }

// Whether the next entry is of a kind; `entry` is then that entry.
fn isNext(wanted: u32) -> bool {
  entry = page.entries[cursor];
  return (entry.x & KIND) == wanted;
}

// Whether it is of one of several kinds.
fn isBetween(first: u32, last: u32) -> bool {
  entry = page.entries[cursor];
  return (entry.x & KIND) >= first && (entry.x & KIND) <= last;
}

// The row of the current sample among those of all members.
fn row() -> u32 { return member * update.batch + sample; }

// Where the losses of a term are kept that a lane adds up over its samples.
fn lossAt(term: u32, lane: u32) -> u32 { return (term * update.members + member) * LANES + lane; }

// Where the parameter cotangents start among `samples` that a lane adds up over a page.
fn partialsAt(number: u32, lane: u32) -> u32 {
  return page.entries[0].z + ((number * LANES + lane) * update.members + member) * update.parameters / 4u;
}

// How many lanes have samples.
fn liveLanes() -> u32 { return min(LANES, update.live); }

fn keepLoss(term: u32, x: f32) {
  let lane = sample % LANES;
  let at = lossAt(term, lane);
  losses[at] = select(losses[at] + x, x, sample == lane);
}

fn walk() {
  cursor = 1u;
  loop {
    moves();
    loop {
      forwards();
      continuing { break if kind() < FIRST_FORWARD || kind() >= FIRST_REVERSAL; }
    }
    loop {
      reversals();
      continuing { break if kind() < FIRST_REVERSAL; }
    }
    continuing { break if kind() == 0u; }
  }
}

fn stopUnlessFinite(x: f32) {
  if (!isFinite(x)) { atomicMin(&stops[member], update.number); }
}

// The losses of the terms, a lane for each.
fn addLosses(lane: u32) {
  for (var term = lane; term < update.terms; term += LANES) {
    var sum = 0.0;
    for (var other = 0u; other < liveLanes(); other++) { sum += losses[lossAt(term, other)]; }
    history[update.history + member * update.terms + term] = sum;
    stopUnlessFinite(sum);
  }
}

// The sum of the partial cotangents of one element of the parameters, over all pages and lanes.
fn addPartials(element: u32) -> f32 {
  var sum = 0.0;
  for (var number = 0u; number < page.entries[0].y; number++) {
    for (var lane = 0u; lane < liveLanes(); lane++) {
      sum += samples[partialsAt(number, lane) + element / 4u][element % 4u];
    }
  }
  stopUnlessFinite(sum);
  return sum;
}

// The updates of a launch, one after another, or the part of one that a page holds.
fn run(lane: u32) {
  for (var i = 0u; i < span.updates; i++) {
    update = updates.at[i].values;
    readLeaves();
    clearCotangents();
    for (sample = lane; sample < update.live; sample += LANES) {
      window = windows[update.windows + row()];
      walk();
    }
    storeCotangents(lane);
    storageBarrier();
    if (page.entries[0].x + 1u == page.entries[0].y) {
      addLosses(lane);
      addLeaves(lane);
    }
    storageBarrier();
  }
}
