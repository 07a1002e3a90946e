// The norm of a member's part of what enters a stage, from its partial sums of squares, in a fixed tree. Every
// workgroup that needs it adds them again: that is cheaper than a launch.
import package::main::{update, squares};

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn globalNorm(owner: u32, lane: u32) -> f32 {
  let sums = min(LANES, (update.parameters + LANES - 1u) / LANES);
  partial[lane] = 0.0;
  if (lane < sums) { partial[lane] = squares[owner * LANES + lane]; }
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  return sqrt(partial[0]);
}
