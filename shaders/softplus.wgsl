// softplus, element by element: v = log(1 + e^u) = max(u, 0) + log(1 + e^-|u|).
//
//   forward  v[i] = max(u[i], 0) + log1p(e^-|u[i]|)        adjointU  uBar[i] = vBar[i] / (1 + e^-u[i])
import super::io::{u, setV, vBar, setUBar};

// log(1 + e) = 2 atanh(s) with s = e / (2 + e), for e in [0, 1]: s <= 1/3. The polynomial in s^2 is off by 5e-9 of
// log(1 + e), which keeps its digits where e is small and 1 + e would have lost them.
fn log1p(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let t = s * s;
  return s * (2.0 + t * (0.666664124 + t * (0.400216997 + t * (0.279991388 + t * 0.280244648))));
}

fn forward(i: u32) {
  let x = u(i);
  setV(i, max(x, 0.0) + log1p(exp(-abs(x))));
}

fn adjointU(i: u32) {
  let x = u(i);
  let e = exp(-abs(x));
  setUBar(i, vBar(i) * select(e, 1.0, x >= 0.0) / (1.0 + e));
}
