// scale_by_adam, one parameter: the gradient over the root of its second moment, both without their initial bias.
// Kingma and Ba 2015, algorithm 1; optax's order of operations. At update t, counted from 1:
//
//   mu' = B1 mu + (1 - B1) g        nu' = B2 nu + (1 - B2) g^2
//   result = (mu' / (1 - B1^t)) / (sqrt(nu' / (1 - B2^t) + EPS_ROOT) + EPS)
import super::io::{B1, B2, EPS, EPS_ROOT, mu, setMu, nu, setNu, firstCorrection, secondCorrection};

fn transform(g: f32, i: u32) -> f32 {
  let first = (1.0 - B1) * g + B1 * mu(i);
  let second = (1.0 - B2) * (g * g) + B2 * nu(i);
  setMu(i, first);
  setNu(i, second);
  return first / firstCorrection() / (sqrt(second / secondCorrection() + EPS_ROOT) + EPS);
}
