// tanh, element by element.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  slope(y) = 1 - y^2
import super::io::{u, v, setV, vBar, setUBar};

// Beyond 10 the result is 1 in float32; some drivers form exp(x) and overflow there.
fn activate(x: f32) -> f32 { return tanh(clamp(x, -10.0, 10.0)); }

fn slope(y: f32) -> f32 { return 1.0 - y * y; }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
