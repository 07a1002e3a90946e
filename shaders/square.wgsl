// square, element by element.
//
//   forward  v[i] = u[i]^2        adjointU  uBar[i] = 2 u[i] vBar[i]
import super::io::{u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, u(i) * u(i)); }

fn adjointU(i: u32) { setUBar(i, 2.0 * u(i) * vBar(i)); }
