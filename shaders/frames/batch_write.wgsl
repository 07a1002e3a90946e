// One lane for each call of a parameter's adjoint and group of samples: the function itself adds each sample to the
// partial sums of its group, in order.
import package::main::{update, sample, member, group};
import package::call::{CALLS, call};

fn run(lane: u32) {
  group = lane / CALLS % update.groups;
  member = lane / (CALLS * update.groups);
  if (member >= update.members) { return; }
  for (sample = group; sample < update.live; sample += update.groups) { call(lane % CALLS); }
}
