// One update of the parameters: the chain of transforms turns each gradient into a step. A lane for each parameter
// and member. Once a member has stopped, all keep their parameters and moments: they stop at the same update.
import package::action::Update;
import package::chain::transform;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;         // [members, parameters]
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>; // [members, parameters]
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;    // [moments, members, parameters]
@group(0) @binding(5) var<storage, read> schedule: array<f32>;         // [updates, members, scalars]
@group(0) @binding(6) var<storage, read> stops: array<u32>;            // [members]

const LANES = 64u;

var<private> member: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  if (lane >= update.members * update.parameters) { return; }
  member = lane / update.parameters;
  for (var m = 0u; m < update.members; m++) {
    if (stops[m] <= update.number) { return; }
  }
  parameters[lane] += transform(gradient[lane], lane);
}
