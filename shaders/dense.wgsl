// dense, one sample: an affine map of a vector.
//
//   forward   v[o]    = b[o] + sum_d w[o,d] u[d]
//   adjointU  uBar[d] = sum_o w[o,d] vBar[o]
//   adjointW  wBar[o,d] = vBar[o] u[d]        adjointB  bBar[o] = vBar[o]
//
// Shapes  u, uBar: [D_IN], v, vBar: [D_OUT].  w, wBar: [D_OUT, D_IN].  b, bBar: [D_OUT].
import super::io::{D_IN, D_OUT, u, w, b, setV, vBar, setUBar, setWBar, setBBar};

fn forward(o: u32) {
  var sum = b(o);
  for (var d = 0u; d < D_IN; d++) { sum += w(o * D_IN + d) * u(d); }
  setV(o, sum);
}

fn adjointU(d: u32) {
  var sum = 0.0;
  for (var o = 0u; o < D_OUT; o++) { sum += w(o * D_IN + d) * vBar(o); }
  setUBar(d, sum);
}

fn adjointW(i: u32) { setWBar(i, vBar(i / D_IN) * u(i % D_IN)); }

fn adjointB(o: u32) { setBBar(o, vBar(o)); }
