// sqrt, element by element. The slope at 0 is infinite.
//
//   forward  v[i] = u[i]^(1/2)        adjointU  uBar[i] = vBar[i] / (2 v[i])
import super::io::{u, v, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, sqrt(u(i))); }

fn adjointU(i: u32) { setUBar(i, 0.5 * vBar(i) / v(i)); }
