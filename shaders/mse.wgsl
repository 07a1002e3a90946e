// mse, one sample: the mean of squares of a difference, over all elements.
//
//   forward   v[0]    = sum_j (p[j] - r[j])^2 / SIZE
//   adjointP  pBar[i] = 2 vBar[0] (p[i] - r[i]) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, p, r, vBar, setPBar, setRBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = p(j) - r(j);
  return e * e * (1.0 / SIZE);
}

fn adjointP(i: u32) { setPBar(i, (2.0 / SIZE) * vBar(0u) * (p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, (2.0 / SIZE) * vBar(0u) * (r(i) - p(i))); }
