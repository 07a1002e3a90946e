// One lane for each element of a parameter and group of samples: adds over the samples of the group, in order.
import package::main::{update, sample, member, group};
import package::call::{CALLS, call, store};

fn run(lane: u32) {
  let i = lane % CALLS;
  group = lane / CALLS % update.groups;
  member = lane / (CALLS * update.groups);
  if (member >= update.members || group >= update.live) { return; }
  var sum = 0.0;
  for (sample = group; sample < update.live; sample += update.groups) { sum += call(i); }
  store(i, sum);
}
