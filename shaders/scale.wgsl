// scale, element by element, by a constant.
//
//   forward  v[i] = FACTOR u[i]        adjointU  uBar[i] = FACTOR vBar[i]
import super::io::{FACTOR, u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, FACTOR * u(i)); }

fn adjointU(i: u32) { setUBar(i, FACTOR * vBar(i)); }
