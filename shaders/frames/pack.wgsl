// Packed tensors: the numbers of a flat buffer in the orders in which blocked functions read them. A lane for each four
// and row.
import package::packed::put;

@group(0) @binding(0) var<uniform> rows: array<vec4u, 1>;     // the floats of a row, and how many rows there are
@group(0) @binding(1) var<storage, read> source: array<f32>;  // [rows, floats]
@group(0) @binding(2) var<storage, read> order: array<vec4i>; // for each number its place in a row, -1 for 0

const LANES = 64u;

fn number(row: u32, place: i32) -> f32 {
  return select(source[row * rows[0].x + u32(max(place, 0))], 0.0, place < 0);
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  let row = lane / arrayLength(&order);
  if (row >= rows[0].y) { return; }
  let places = order[lane % arrayLength(&order)];
  put(lane, vec4f(number(row, places.x), number(row, places.y), number(row, places.z), number(row, places.w)));
}
