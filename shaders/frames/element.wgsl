// One lane for each element of each live sample: calls a function that writes one element.
import package::main::{update, sample, member};
import package::call::{CALLS, call};

fn run(lane: u32) {
  let row = lane / CALLS;
  member = row / update.batch;
  sample = row % update.batch;
  if (member >= update.members || sample >= update.live) { return; }
  call(lane % CALLS);
}
