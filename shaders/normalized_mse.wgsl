// normalized_mse, one sample: the mean of squares of a difference over that of the target, which is given as s.
//
//   forward   v[0]    = sum_j (p[j] - r[j])^2 / SIZE / s[0]
//   adjointP  pBar[i] = 2 vBar[0] (p[i] - r[i]) / SIZE / s[0]        adjointR  rBar[i] = -pBar[i]
//   adjointS  sBar[0] = -vBar[0] v[0] / s[0]
//
// Shapes  p, pBar, r, rBar: SIZE elements.  s, sBar, v, vBar: [1].
import super::io::{SIZE, p, r, s, v, vBar, setPBar, setRBar, setSBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = p(j) - r(j);
  return e * e / SIZE / s(0u);
}

fn adjointP(i: u32) { setPBar(i, 2.0 * vBar(0u) * (p(i) - r(i)) / SIZE / s(0u)); }

fn adjointR(i: u32) { setRBar(i, 2.0 * vBar(0u) * (r(i) - p(i)) / SIZE / s(0u)); }

fn adjointS(i: u32) { setSBar(i, -vBar(0u) * v(0u) / s(0u)); }
