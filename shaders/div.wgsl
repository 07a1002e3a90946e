// div, element by element.
//
//   forward  v[i] = a[i] / b[i]
//   adjointA  aBar[i] = vBar[i] / b[i]        adjointB  bBar[i] = -vBar[i] a[i] / b[i]^2
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) / b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i) / b(i)); }

// Two quotients, as b^2 may leave the range of float32 where they do not.
fn adjointB(i: u32) { setBBar(i, -(vBar(i) / b(i)) * (a(i) / b(i))); }
