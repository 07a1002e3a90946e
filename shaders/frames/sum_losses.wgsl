// The loss of each term and member: its samples' numbers, added in a fixed tree, divided where the mean is asked for.
// One workgroup for each. A member with a loss that is not finite stops at this update.
import package::action::Update;
import package::finite::isFinite;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> losses: array<f32>;            // [terms, members, batch]
@group(0) @binding(3) var<storage, read> isMean: array<u32>;            // [terms]
@group(0) @binding(4) var<storage, read_write> history: array<f32>;     // [updates, members, terms]
@group(0) @binding(5) var<storage, read_write> stops: array<atomic<u32>>; // [members]

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let group = at.x + at.y * grid.x;
  let member = group / update.terms;
  let term = group % update.terms;
  if (member >= update.members) { return; }
  let row = (term * update.members + member) * update.batch;
  var sum = 0.0;
  for (var i = id.x; i < update.live; i += LANES) { sum += losses[row + i]; }
  partial[id.x] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (id.x < half) { partial[id.x] += partial[id.x + half]; }
    workgroupBarrier();
  }
  if (id.x > 0u) { return; }
  let loss = select(partial[0], partial[0] / f32(update.live), isMean[term] != 0u);
  history[update.history + group] = loss;
  if (!isFinite(loss)) { atomicMin(&stops[member], update.number); }
}
