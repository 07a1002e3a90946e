// One stage of an update of the parameters: transforms turn what enters, at first the gradient, into what is stored,
// at last the step. A lane for each parameter; a workgroup has the parameters of one member. Once a member has stopped,
// all keep their parameters and moments: they stop at the same update. A parameter that leaves the finite numbers stops
// its member; what other lanes still do then is undone by the host.
import package::action::Update;
import package::source::source;
import package::stage::prepare;
import package::step::step;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;         // [members, parameters]
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>; // [members, parameters]
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;    // [moments, members, parameters]
@group(0) @binding(5) var<storage, read> schedule: array<f32>;         // [updates, members, scalars]
@group(0) @binding(6) var<storage, read_write> stops: array<atomic<u32>>; // [members]
@group(0) @binding(7) var<storage, read> roles: array<u32>;            // [parameters], bit 0: trained, then masks
@group(0) @binding(8) var<storage, read_write> updates: array<f32>;    // [members, parameters], between two stages
@group(0) @binding(9) var<storage, read> squares: array<f32>;          // [members, LANES]

const LANES = 64u;

var<private> member: u32;
var<private> role: u32;
var<private> norm: f32; // of all that enters the stage, where it is asked for

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let tiles = (update.parameters + LANES - 1u) / LANES;
  let group = at.x + at.y * grid.x;
  let owner = group / tiles;
  if (owner >= update.members) { return; }
  prepare(owner, id.x); // has barriers, so it comes before anything that other lanes may write is looked at
  for (var m = 0u; m < update.members; m++) {
    if (atomicLoad(&stops[m]) <= update.number) { return; }
  }
  let element = group % tiles * LANES + id.x;
  if (element >= update.parameters) { return; }
  member = owner;
  step(element, source(owner * update.parameters + element));
}
