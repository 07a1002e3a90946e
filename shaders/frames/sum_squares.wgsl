// Partial sums of the squares of what enters a stage of the optimizer, over the trained parameters of a member: at most
// LANES workgroups for each member, each adds every so many tiles of LANES parameters, in a fixed tree.
import package::action::Update;
import package::source::source;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;      // [members, parameters]
@group(0) @binding(3) var<storage, read> updates: array<f32>;       // [members, parameters]
@group(0) @binding(4) var<storage, read> roles: array<u32>;         // [parameters], bit 0: trained
@group(0) @binding(5) var<storage, read_write> squares: array<f32>; // [members, LANES]

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let sums = min(LANES, (update.parameters + LANES - 1u) / LANES);
  let group = at.x + at.y * grid.x;
  let member = group / sums;
  if (member >= update.members) { return; }
  var sum = 0.0;
  for (var element = group % sums * LANES + id.x; element < update.parameters; element += sums * LANES) {
    if ((roles[element] & 1u) != 0u) {
      let g = source(member * update.parameters + element);
      sum += g * g;
    }
  }
  partial[id.x] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (id.x < half) { partial[id.x] += partial[id.x + half]; }
    workgroupBarrier();
  }
  if (id.x == 0u) { squares[member * LANES + group % sums] = partial[0]; }
}
