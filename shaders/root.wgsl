// root, element by element, of numbers >= 0: v = u^(1 / ORDER). Its slope at 0, which is infinite, is taken as 0.
//
//   forward  v[i] = u[i]^(1 / ORDER)        adjointU  uBar[i] = vBar[i] v[i] / (ORDER u[i]), 0 where u[i] = 0
import super::io::{ORDER, u, v, setV, vBar, setUBar};

fn forward(i: u32) {
  let x = u(i);
  if (ORDER == 2) { setV(i, sqrt(x)); } else { setV(i, select(pow(x, 1.0 / ORDER), 0.0, x == 0.0)); }
}

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, select(vBar(i) * v(i) / (ORDER * x), 0.0, x == 0.0));
}
