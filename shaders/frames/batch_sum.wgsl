// One lane for each element of a parameter and group of samples: adds over the samples of the group, in order.
import package::main::{update, sample, member};
import package::call::{ELEMENTS, call, store};

fn run(lane: u32) {
  let i = lane % ELEMENTS;
  let group = lane / ELEMENTS % update.groups;
  member = lane / (ELEMENTS * update.groups);
  if (member >= update.members) { return; }
  var sum = 0.0;
  for (sample = group; sample < update.live; sample += update.groups) { sum += call(i); }
  store(group, i, sum);
}
