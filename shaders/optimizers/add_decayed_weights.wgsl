// add_decayed_weights, one parameter x: weight decay; optax's `add_decayed_weights`.
//
//   result = g + weightDecay x where the mask says so, else g
import super::io::{weightDecay, parameter, masked};

fn transform(g: f32, i: u32) -> f32 {
  if (!masked()) { return g; }
  return g + weightDecay() * parameter(i);
}
