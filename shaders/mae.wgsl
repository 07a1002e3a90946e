// mae, one sample: the mean of absolute values of a difference, over all elements. The slope of |x| at 0 is 0.
//
//   forward   v[0]    = sum_j |p[j] - r[j]| / SIZE
//   adjointP  pBar[i] = vBar[0] sign(p[i] - r[i]) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, p, r, vBar, setPBar, setRBar};

fn forward(i: u32, j: u32) -> f32 { return abs(p(j) - r(j)) * (1.0 / SIZE); }

fn adjointP(i: u32) { setPBar(i, (1.0 / SIZE) * vBar(0u) * sign(p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, (1.0 / SIZE) * vBar(0u) * sign(r(i) - p(i))); }
