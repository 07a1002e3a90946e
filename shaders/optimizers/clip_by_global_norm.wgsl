// clip_by_global_norm, one parameter: scales all so that their norm is at most MAX_NORM; Pascanu et al. 2013, optax's
// order of operations.
//
//   result = g where |g| < MAX_NORM, else g / |g| MAX_NORM, with |g| the root of the sum of squares over all parameters
import super::io::{MAX_NORM, globalNorm};

fn transform(g: f32, i: u32) -> f32 {
  let size = globalNorm();
  return select(g / size * MAX_NORM, g, size < MAX_NORM);
}
