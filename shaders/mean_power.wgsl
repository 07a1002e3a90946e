// mean_power, one sample: the mean of |p - r|^ORDER over all elements; ORDER = WHOLE + REST >= 1, with 0 <= REST < 1.
//
//   forward   v[0]    = sum_j |p[j] - r[j]|^ORDER / SIZE
//   adjointP  pBar[i] = vBar[0] ORDER sign(p[i] - r[i]) |p[i] - r[i]|^(ORDER - 1) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, ORDER, WHOLE, REST, p, r, vBar, setPBar, setRBar};

// x^(whole + REST) for x >= 0. The whole part by squaring: WGSL's pow loses digits as its exponent grows.
fn power(x: f32, whole: u32) -> f32 {
  var result = 1.0;
  var square = x;
  for (var k = whole; k > 0u; k >>= 1u) {
    if ((k & 1u) == 1u) { result *= square; }
    square *= square;
  }
  if (REST > 0.0) { result *= select(pow(x, REST), 0.0, x == 0.0); }
  return result;
}

fn slope(e: f32) -> f32 { return ORDER * sign(e) * power(abs(e), WHOLE - 1) / SIZE; }

fn forward(i: u32, j: u32) -> f32 { return power(abs(p(j) - r(j)), WHOLE) / SIZE; }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * slope(p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * slope(r(i) - p(i))); }
