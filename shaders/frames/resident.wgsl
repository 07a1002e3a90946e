// The resident frame: a workgroup for each member, a lane for every so many of its samples. A lane walks the table of
// actions for each of its samples, the current state and its cotangent in private memory, and adds up the cotangents of
// the parameters. Behind the last page of the table the workgroup adds up losses and gradient, each in one order, and
// steps the parameters where an optimizer is linked. Then it goes on with the next update of the launch.
//
// An adapter that executes both sides of a branch under a mask pays for every body that a loop contains. So forwards,
// reversals and exchanges with storage have loops of their own, and these test at their ends: a turn passes over what is
// not next. Exchanges are the dearest, and stand in the outermost loop.
import package::finite::isFinite;
import package::main::{
  HAS_EXCHANGES, KEEPS_SUMS, laneSums, page, updates, span, update, windows, samples, history, stops, member, sample, window,
  header, cursor, entry, losses,
};
import package::sites::{
  LANES, KIND, FIRST_LOAD, FIRST_FORWARD, FIRST_REVERSAL, exchanges, loads, forwards, reversals, readLeaves,
  clearCotangents, storeCotangents, SUMMED, finish, finishUnreached,
};

// The numbers that a lane adds up over its samples, in fours: the parameters' cotangents and, behind them, the losses.
const LOSSES_AT = SUMMED / 4u;
const KEPT_FOURS = LOSSES_AT + 2u;

// Goes to an entry of the page.
fn goTo(at: u32) {
  cursor = at;
  entry = page.entries[cursor];
}

// What the next entry says to do; 0 at the end of the page.
fn kind() -> u32 { return entry.x & KIND; }

// Whether the next entry is an exchange with storage.
fn isExchange() -> bool { return kind() > 0u && kind() < FIRST_LOAD; }

// The row of the current sample among those of all members.
fn row() -> u32 { return member * update.batch + sample; }

// Where a lane's numbers start in `samples`: for each page of the table a row of the parameters' cotangents, and behind
// them the losses of the terms, of all pages in the first row.
fn partialsAt(number: u32, lane: u32) -> u32 {
  return header.z + ((number * LANES + lane) * update.members + member) * header.w;
}

// Puts four of a lane's numbers where all lanes find them: in the workgroup's memory where those of all fit, on a single
// page.
fn putPartials(lane: u32, four: u32, x: vec4f) {
  if (KEEPS_SUMS) {
    laneSums[lane * KEPT_FOURS + four] = x;
  } else {
    samples[partialsAt(header.x, lane) + four] = x;
  }
}

// Adds a loss to those of the lane: in registers where there are eight at most, and the sums in the workgroup's memory.
fn keepLoss(term: u32, x: f32) {
  if (KEEPS_SUMS) {
    losses[0] += select(vec4f(), vec4f(x), vec4u(0, 1, 2, 3) == vec4u(term));
    losses[1] += select(vec4f(), vec4f(x), vec4u(4, 5, 6, 7) == vec4u(term));
    return;
  }
  let lane = sample % LANES;
  let i = SUMMED + term;
  let at = partialsAt(0u, lane) + i / 4u;
  samples[at][i % 4u] = select(samples[at][i % 4u] + x, x, sample == lane);
}

// Goes to the start of the table for the current sample. Behind the last one there is nothing to read of it.
fn begin() {
  goTo(1u);
  window = windows[update.windows + row()];
}

// Walks the table for each sample of a lane.
fn walk(lane: u32) {
  sample = lane;
  begin();
  while (sample < update.live) {
    if (HAS_EXCHANGES) {
      loop {
        exchanges();
        continuing { break if !isExchange(); }
      }
    }
    loop {
      loads();
      loop {
        forwards();
        continuing { break if kind() < FIRST_FORWARD || kind() >= FIRST_REVERSAL; }
      }
      loop {
        reversals();
        continuing { break if kind() < FIRST_REVERSAL; }
      }
      if (kind() == 0u) {
        sample += LANES;
        begin();
      }
      continuing { break if isExchange() || sample >= update.live; }
    }
  }
}

// The sum of one of the lanes' numbers: of a cotangent over all pages, of a loss over the page that has them.
fn addPartials(i: u32) -> f32 {
  var sum = 0.0;
  let lanes = min(LANES, update.live); // the others have no samples
  if (KEEPS_SUMS) {
    for (var lane = 0u; lane < lanes; lane++) { sum += laneSums[lane * KEPT_FOURS + i / 4u][i % 4u]; }
    return sum;
  }
  let stride = partialsAt(0u, 1u) - partialsAt(0u, 0u);
  let pages = select(1u, header.y, i < SUMMED);
  for (var number = 0u; number < pages; number++) {
    var at = partialsAt(number, 0u) + i / 4u;
    for (var lane = 0u; lane < lanes; lane++) {
      sum += samples[at][i % 4u];
      at += stride;
    }
  }
  return sum;
}

// Adds up gradient and losses, each number in a lane, and steps the parameters where an optimizer is linked; without a
// gradient it may change them, too.
fn addUp(lane: u32) {
  for (var i = lane; i < SUMMED + update.terms; i += LANES) {
    let sum = addPartials(i);
    if (!isFinite(sum)) { atomicMin(&stops[member], update.number); }
    if (i < SUMMED) {
      finish(i, sum);
    } else {
      history[update.history + member * update.terms + i - SUMMED] = sum;
    }
  }
  finishUnreached(lane);
}

// Lets all lanes see what each has written: `laneSums`, and what lies in storage, the parameters among it.
fn barrier() {
  workgroupBarrier();
  storageBarrier();
}

// The updates of a launch, one after another, or the part of one that a page holds.
fn run(lane: u32) {
  header = page.entries[0];
  for (var i = 0u; i < span.updates; i++) {
    update = updates.at[i].values;
    readLeaves();
    clearCotangents();
    losses = array(vec4f(), vec4f());
    walk(lane);
    storeCotangents(lane);
    if (KEEPS_SUMS) {
      putPartials(lane, LOSSES_AT, losses[0]);
      putPartials(lane, LOSSES_AT + 1u, losses[1]);
    }
    barrier();
    if (header.x + 1u == header.y) {
      addUp(lane);
    }
    barrier();
  }
}
