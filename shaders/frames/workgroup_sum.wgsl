// One workgroup for each element of each live sample: adds returned summands in a fixed tree.
import package::main::{update, sample, member};
import package::call::{CALLS, SUMMANDS, call, store};

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn run(group: u32, lane: u32) {
  let row = group / CALLS;
  if (row >= update.batch * update.members || row % update.batch >= update.live) { return; }
  member = row / update.batch;
  sample = row % update.batch;
  var sum = 0.0;
  for (var j = lane; j < SUMMANDS; j += LANES) { sum += call(group % CALLS, j); }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { store(group % CALLS, partial[0]); }
}
