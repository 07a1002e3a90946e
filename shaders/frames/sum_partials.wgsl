// The gradient: for each parameter and member the partial sums of the groups that have samples, added in order. A lane for each.
// A member with a cotangent that is not finite stops at this update.
import package::action::Update;
import package::finite::isFinite;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> partials: array<f32>;            // [groups, members, parameters]
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;      // [members, parameters]
@group(0) @binding(4) var<storage, read_write> stops: array<atomic<u32>>; // [members]

const LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  let size = update.members * update.parameters;
  if (lane >= size) { return; }
  var sum = 0.0;
  for (var group = 0u; group < min(update.groups, update.live); group++) { sum += partials[group * size + lane]; }
  gradient[lane] = sum;
  if (!isFinite(sum)) { atomicMin(&stops[lane / update.parameters], update.number); }
}
