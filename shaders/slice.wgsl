// slice, one sample: some channels of u.
//
//   forward  v[i] = u[START + i]        adjointU  uBar[i] = vBar[i - START] for START <= i < START + SIZE, else 0
//
// Shapes  u, uBar: [C, ...N], START elements before the first channel taken.  v, vBar: SIZE elements.
import super::io::{START, SIZE, u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, u(START + i)); }

fn adjointU(i: u32) {
  if (i >= START && i < START + SIZE) { setUBar(i, vBar(i - START)); } else { setUBar(i, 0.0); }
}
