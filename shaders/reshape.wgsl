// reshape, one sample: the same elements in the same order.
//
//   forward  v[i] = u[i]        adjointU  uBar[i] = vBar[i]
import super::io::{u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, u(i)); }

fn adjointU(i: u32) { setUBar(i, vBar(i)); }
