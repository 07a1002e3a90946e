// normalize, one sample: to mean 0 and variance 1, then each channel by a factor and an offset.
//
//   forward          v[c,n]         = w[c] (u[c,n] - mean) r + b[c],  r = (variance + EPS)^(-1/2)
//   adjointU         uBar[c,n]      = vBar[c,n] w[c] r
//   adjointMean      meanBar[0]     = -sum_c sum_n vBar[c,n] w[c] r
//   adjointVariance  varianceBar[0] = -sum_c sum_n vBar[c,n] w[c] (u[c,n] - mean) r^3 / 2
//   adjointW         wBar[c]        = sum_n vBar[c,n] (u[c,n] - mean) r
//   adjointB         bBar[c]        = sum_n vBar[c,n]
//
// Shapes  u, uBar, v, vBar: [C, ...N], N elements a channel.  mean, variance and their cotangents: [1].
// w, wBar, b, bBar: [C]; a w that is left out, HAS_W = 0, is 1.
import super::io::{N, EPS, HAS_W, u, mean, variance, w, b, setV, vBar, setUBar};

fn weight(c: u32) -> f32 { return select(1.0, w(c), HAS_W == 1); }

fn rate() -> f32 { return 1.0 / sqrt(variance(0u) + EPS); }

fn forward(i: u32) { setV(i, weight(i / N) * ((u(i) - mean(0u)) * rate()) + b(i / N)); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * weight(i / N) * rate()); }

fn adjointMean(i: u32, j: u32) -> f32 { return -vBar(j) * weight(j / N) * rate(); }

fn adjointVariance(i: u32, j: u32) -> f32 {
  let r = rate();
  return -0.5 * vBar(j) * weight(j / N) * ((u(j) - mean(0u)) * r) * r * r;
}

fn adjointW(c: u32, n: u32) -> f32 { return vBar(c * N + n) * ((u(c * N + n) - mean(0u)) * rate()); }

fn adjointB(c: u32, n: u32) -> f32 { return vBar(c * N + n); }
