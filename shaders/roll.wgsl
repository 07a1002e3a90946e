// roll, one sample: a shift along one axis; what leaves at one end comes in at the other.
//
//   forward  v[o,n,i] = u[o, (n - SHIFT) mod N, i]        adjointU  uBar[o,n,i] = vBar[o, (n + SHIFT) mod N, i]
//
// Shapes  u, uBar, v, vBar: [OUTER, N, INNER], the axes before and behind as one.  0 <= SHIFT < N.
import super::io::{N, INNER, SHIFT, u, setV, vBar, setUBar};

// The element that lies `by` further on along the axis.
fn onward(e: u32, by: u32) -> u32 {
  let n = e / INNER % N;
  return e + ((n + by) % N) * INNER - n * INNER;
}

fn forward(e: u32) { setV(e, u(onward(e, N - SHIFT))); }

fn adjointU(e: u32) { setUBar(e, vBar(onward(e, SHIFT))); }
