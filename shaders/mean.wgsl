// mean, one sample: over all elements.
//
//   forward  v[0] = sum_j u[j] / SIZE        adjointU  uBar[i] = vBar[0] / SIZE
//
// Shapes  u, uBar: SIZE elements.  v, vBar: [1].
import super::io::{SIZE, u, vBar, setUBar};

fn forward(i: u32, j: u32) -> f32 { return u(j) / SIZE; }

fn adjointU(i: u32) { setUBar(i, vBar(0u) / SIZE); }
