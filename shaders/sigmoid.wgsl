// sigmoid, element by element: 1 / (1 + e^-u).
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  slope(y) = y (1 - y)
import super::io::{u, v, setV, vBar, setUBar};

// e^-|x| cannot overflow, whatever the driver's exp does.
fn activate(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn slope(y: f32) -> f32 { return y * (1.0 - y); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
