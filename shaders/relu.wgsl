// relu, element by element: v = max(u, 0), with slope 0 at 0. A NaN stays a NaN.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i])
import super::io::{u, v, setV, vBar, setUBar};

fn activate(x: f32) -> f32 { return select(x, 0.0, x < 0.0); }

fn slope(y: f32) -> f32 { return select(0.0, 1.0, y > 0.0); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
