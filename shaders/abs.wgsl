// abs, element by element, with slope 0 at 0.
//
//   forward  v[i] = |u[i]|        adjointU  uBar[i] = vBar[i] sign(u[i])
import super::io::{u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, abs(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * sign(u(i))); }
