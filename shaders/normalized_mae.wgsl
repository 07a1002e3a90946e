// normalized_mae, one sample: the mean of absolute values of a difference over that of the target, which is given as
// s. The slope of |x| at 0 is 0.
//
//   forward   v[0]    = sum_j |p[j] - r[j]| / SIZE / s[0]
//   adjointP  pBar[i] = vBar[0] sign(p[i] - r[i]) / SIZE / s[0]        adjointR  rBar[i] = -pBar[i]
//   adjointS  sBar[0] = -vBar[0] v[0] / s[0]
//
// Shapes  p, pBar, r, rBar: SIZE elements.  s, sBar, v, vBar: [1].
import super::io::{SIZE, p, r, s, v, vBar, setPBar, setRBar, setSBar};

fn forward(i: u32, j: u32) -> f32 { return abs(p(j) - r(j)) / SIZE / s(0u); }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * sign(p(i) - r(i)) / SIZE / s(0u)); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * sign(r(i) - p(i)) / SIZE / s(0u)); }

fn adjointS(i: u32) { setSBar(i, -vBar(0u) * v(0u) / s(0u)); }
