// One lane for each call of a parameter's adjoint and sample, where each sample is a group of its own: the loop of
// batch_write.wgsl has one turn then, around which all registers would be copied.
import package::main::{update, sample, member, group};
import package::call::{CALLS, call};

fn run(lane: u32) {
  group = lane / CALLS % update.groups;
  member = lane / (CALLS * update.groups);
  if (member >= update.members || group >= update.live) { return; }
  sample = group;
  call(lane % CALLS);
}
