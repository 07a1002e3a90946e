// variance, one sample: the mean of squares of the distances to a mean that is given, over all elements.
//
//   forward      v[0]       = sum_j (u[j] - mean)^2 / SIZE
//   adjointU     uBar[i]    = 2 vBar[0] (u[i] - mean) / SIZE
//   adjointMean  meanBar[0] = -sum_j 2 vBar[0] (u[j] - mean) / SIZE, which rounding keeps from 0
//
// Shapes  u, uBar: SIZE elements.  mean, meanBar, v, vBar: [1].
import super::io::{SIZE, u, mean, vBar, setUBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = u(j) - mean(0u);
  return e * e / SIZE;
}

fn adjointU(i: u32) { setUBar(i, 2.0 * vBar(0u) * (u(i) - mean(0u)) / SIZE); }

fn adjointMean(i: u32, j: u32) -> f32 { return -2.0 * vBar(0u) * (u(j) - mean(0u)) / SIZE; }
