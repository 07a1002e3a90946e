// gelu, element by element: v = u P(u). The probability P is that of the normal distribution where EXACT is 1, else
// the approximation P(x) = (1 + tanh z) / 2 = 1 / (1 + e^(-2 z)) with z = sqrt(2 / pi) (x + 0.044715 x^3).
//
//   forward  v[i] = u[i] P(u[i])        adjointU  uBar[i] = vBar[i] (P(u[i]) + u[i] P'(u[i]))
//
// https://arxiv.org/abs/1606.08415
import super::io::{EXACT, u, setV, vBar, setUBar};

// Where P is 0 or 1 in float32.
const FAR = 14.0;

// e^-|x| cannot overflow, whatever the driver's exp does.
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// 2 z and its derivative.
fn twoZ(x: f32) -> f32 { return 1.59576912 * (x + 0.044715 * x * x * x); }

fn twoZPrime(x: f32) -> f32 { return 1.59576912 * (1.0 + 0.134145 * x * x); }

// Around 0 a polynomial in x^2, off by 1e-9; beyond 1 the tail e^(-x^2/2) poly(t) / (1 + |x|/2), off by 1.3e-8 of
// itself, with t = (|x| - 4.5) / (|x| + 4.5). Both are minimax fits.
fn normal(x: f32) -> f32 {
  let a = abs(x);
  if (a < 1.0) {
    let s = x * x;
    let rest = -0.00118632999 + s * (0.000113486371 - s * 7.65420828e-6);
    return 0.5 + x * (0.398942292 + s * (-0.0664903596 + s * (0.00997332297 + s * rest)));
  }
  let t = (a - 4.5) / (a + 4.5);
  let rest = 0.00506927026 + t * (0.00325643970 + t * (-0.00321945944 + t * 0.00113853964));
  let sum = 0.275611013 + t * (-0.125199914 + t * (0.0722939521 + t * (-0.0294065997 + t * rest)));
  let tail = exp(-0.5 * x * x) * sum / (1.0 + 0.5 * a);
  return select(1.0 - tail, tail, x < 0.0);
}

fn probability(x: f32) -> f32 {
  if (abs(x) > FAR) { return select(0.0, 1.0, x > 0.0); }
  if (EXACT == 1) { return normal(x); }
  return sigmoid(twoZ(x));
}

fn density(x: f32) -> f32 {
  if (abs(x) > FAR) { return 0.0; }
  if (EXACT == 1) { return 0.398942280 * exp(-0.5 * x * x); }
  let z = twoZ(x);
  return sigmoid(z) * sigmoid(-z) * twoZPrime(x);
}

fn forward(i: u32) { setV(i, u(i) * probability(u(i))); }

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, vBar(i) * (probability(x) + x * density(x)));
}
