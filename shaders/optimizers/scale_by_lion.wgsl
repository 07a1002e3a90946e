// scale_by_lion, one parameter: the sign of a mean of gradient and momentum; Chen et al. 2023, optax's order of
// operations.
//
//   result = sign((1 - B1) g + B1 mu)        mu' = (1 - B2) g + B2 mu
import super::io::{B1, B2, mu, setMu};

fn transform(g: f32, i: u32) -> f32 {
  let before = mu(i);
  setMu(i, (1.0 - B2) * g + B2 * before);
  return sign((1.0 - B1) * g + B1 * before);
}
