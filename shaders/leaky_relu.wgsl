// leakyRelu, element by element: v = u, or NEGATIVE_SLOPE u below 0, with slope 1 at 0. A NaN stays a NaN.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  v has the sign of u
import super::io::{NEGATIVE_SLOPE, u, v, setV, vBar, setUBar};

fn activate(x: f32) -> f32 { return select(x, NEGATIVE_SLOPE * x, x < 0.0); }

fn slope(y: f32) -> f32 { return select(f32(NEGATIVE_SLOPE), 1.0, y >= 0.0); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
