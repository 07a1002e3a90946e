// silu, element by element: v = u s(u) with the sigmoid s(x) = 1 / (1 + e^-x).
//
//   forward   v[i]    = u[i] s(u[i])
//   adjointU  uBar[i] = vBar[i] s (1 + u[i] (1 - s)),  s = s(u[i]), 1 - s = s(-u[i])
import super::io::{u, setV, vBar, setUBar};

// e^-|x| cannot overflow, whatever the driver's exp does.
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn forward(i: u32) { setV(i, u(i) * sigmoid(u(i))); }

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, vBar(i) * sigmoid(x) * (1.0 + x * sigmoid(-x)));
}
